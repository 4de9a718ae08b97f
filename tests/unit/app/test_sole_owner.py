"""A killed program's name is free at once; a living one's is not."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callwright.app.settings import Settings
from callwright.app.sole_owner import sole_owner
from callwright.kit.errors import Conflict

HOLDER = """
import sys, time
from pathlib import Path
from callwright.app.settings import Settings
from callwright.app.sole_owner import sole_owner
with sole_owner(Settings(home=Path(sys.argv[1])), "spring") as owner:
    print(owner, flush=True)
    time.sleep(60)
"""


def test_one_program_at_a_time_and_the_same_name_after_a_kill(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        name = holder.stdout.readline().strip()
        assert str(tmp_path) in name
        with pytest.raises(Conflict, match="spring is being run"), sole_owner(settings, "spring"):
            pass
        with sole_owner(settings, "autumn") as other:
            assert other == name
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with sole_owner(settings, "spring") as again:
            assert again == name
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout is not None:
            holder.stdout.close()
