"""``callwright run --telephony asterisk``: a campaign over the operator's Asterisk and trunks, in real time.

Without a campaign it is the sample over SIPp (``telephone_sample``). The switch outlives us: who talks talks on while
the program is restarted, and is taken up again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from callwright.adapters.asterisk.fax_box import FaxBox
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.app import desk_run
from callwright.app.asterisk_service import Service, bring_up, faxes_of, find_service, home_of, prompts_of
from callwright.app.campaign_file import CampaignPlan, read_campaign
from callwright.app.database import server
from callwright.app.desk_run import Telephone
from callwright.app.detection import load_book
from callwright.app.options import RunOptions
from callwright.app.recording_sink import VaultSink
from callwright.app.recordings import open_vault
from callwright.app.settings import Settings
from callwright.kit.clock import Clock
from callwright.kit.errors import BadInput
from callwright.model.attempt import Mode
from callwright.robot import Hearing
from callwright.web.phones import SwitchPhones

_OPERATORS_SPOOL = Path("/var/spool/asterisk/recording")


def run_telephone(options: RunOptions, settings: Settings) -> None:
    """The sample over SIPp, or the operator's campaign over their trunks with the agents' page."""
    if options.campaign is None:
        from callwright.app.telephone_sample import run_sample

        if options.desk_port is not None or options.agents is not None or options.floor is not None:
            raise BadInput("The sample brings its own agents: leave out --desk, --agents and --floor.")
        run_sample(options, settings)
        return
    if options.truth is not None:
        raise BadInput("Real people are called, so no file says what they do: leave out --truth.")
    if settings.telephony is None:
        raise BadInput("No trunk is known: write a telephony.toml (docs/trunks.md) and set CALLWRIGHT_TELEPHONY to it.")
    if options.desk_port is None and read_campaign(options.campaign).campaign.mode is not Mode.MESSAGE:
        raise BadInput("Agents are people and need their page: add --desk PORT. (Only message campaigns need nobody.)")
    desk_run.run_desk(options, settings, telephone)


@asynccontextmanager
async def telephone(
    clock: Clock, options: RunOptions, settings: Settings, plan: CampaignPlan
) -> AsyncIterator[Telephone]:
    """The installation's Asterisk, running, as the dialer's network and the browsers' telephones."""
    service = await asyncio.to_thread(find_service, settings)
    prompts = await asyncio.to_thread(prompts_of, service)
    await asyncio.to_thread(prompts.prepare, {})
    faxes = await asyncio.to_thread(_faxes, service, plan)
    async with AsyncExitStack() as opened:
        media = await opened.enter_async_context(_media(service))
        await asyncio.to_thread(bring_up, service)
        book = await asyncio.to_thread(load_book, home_of(settings))
        network = AsteriskNetwork(
            address=service.address,
            plan=service.plan,
            trunks=service.file.trunks,
            clock=clock,
            prompts=prompts,
            media=media,
            make_hearing=lambda: Hearing(announcements=book),
            faxes=faxes,
        )
        network.recorder.sink = await opened.enter_async_context(_recordings(service, settings, network))
        await network.start()
        opened.push_async_callback(network.close)
        yield Telephone(network=network, trunks=service.file.trunks, phones=_phones(service, settings, network))


def _faxes(service: Service, plan: CampaignPlan) -> FaxBox:
    """Raises NotFound where the campaign's document is not there: before anybody is called."""
    box = faxes_of(service)
    if plan.campaign.sends_fax:
        box.path(plan.campaign.message.fax)
    return box


@asynccontextmanager
async def _media(service: Service) -> AsyncIterator[MediaServer]:
    """Where Asterisk brings calls' sound to be listened to: what ``media_url`` names."""
    plan = service.plan
    place = urlsplit(plan.media_url)
    media = MediaServer(
        user=plan.ari_user, secret=plan.ari_secret, host=place.hostname or "127.0.0.1", port=place.port or 80
    )
    try:
        await media.start()
    except OSError as error:
        raise BadInput(
            f"Nobody can listen on {place.netloc} for calls' sound ({error.strerror}): is another run using it? "
            "Change media_url in telephony.toml, or end that run."
        ) from error
    try:
        yield media
    finally:
        await media.close()


@asynccontextmanager
async def _recordings(
    service: Service, settings: Settings, network: AsteriskNetwork
) -> AsyncIterator[VaultSink | None]:
    """The vault, fed by the switch; None where the spool of an Asterisk of the operator's own is out of reach."""
    spool = service.process.recordings if service.process is not None else _OPERATORS_SPOOL
    if service.process is None and not spool.exists():
        yield None
        return

    def campaign_of(attempt_id: int) -> int | None:
        call = network.switch.calls.get(attempt_id)
        return call.order.permit.campaign_id if call is not None and call.order is not None else None

    async with server(settings) as (url, _), open_vault(settings, url) as vault:
        sink = VaultSink(vault, spool, campaign_of)
        await vault.recover(spool, live=None)
        keeping = asyncio.create_task(vault.keep_up(), name="recordings")
        try:
            yield sink
        finally:
            await sink.drain()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


def _phones(service: Service, settings: Settings, network: AsteriskNetwork) -> SwitchPhones:
    """Browsers reach the switch at its own listener, or over TLS at the name of the page (a proxy before both)."""
    plan = service.plan
    if settings.desk_tls and settings.desk_names:
        return SwitchPhones(network.agent_lines.provide_phone, url=f"wss://{settings.desk_names[0]}/ws")
    host = "127.0.0.1" if plan.http_bind in ("0.0.0.0", "::") else plan.http_bind
    return SwitchPhones(network.agent_lines.provide_phone, url=f"ws://{host}:{plan.http_port}/ws")
