"""What ``callwright recordings`` tells people, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from callwright.adapters.recordings.ports import HoldScope, State
from callwright.adapters.recordings.verifying import Flaw
from callwright.kit.words import Words


def _w(en: str, zh: str, ru: str) -> Words:
    return Words(en=en, zh=zh, ru=ru)


STATES: Mapping[State, Words] = {
    State.RECORDING: _w("recording", "录音中", "идёт запись"),
    State.FAILED: _w("failed", "录音失败", "не записано"),
    State.KEPT: _w("kept", "已保存", "хранится"),
    State.LOST: _w("lost", "已丢失", "утрачена"),
    State.PURGED: _w("purged", "已清除", "удалена"),
}
FLAWS: Mapping[Flaw, Words] = {
    Flaw.MISSING: _w("file missing", "文件缺失", "файла нет"),
    Flaw.TRUNCATED: _w("file truncated", "文件被截断", "файл обрезан"),
    Flaw.ALTERED: _w("file altered", "文件被改动", "файл изменён"),
    Flaw.NO_KEY: _w("cannot be opened", "无法解密", "не открывается"),
    Flaw.ROW_ALTERED: _w("row altered", "数据库记录被改动", "запись в базе изменена"),
    Flaw.ROW_GONE: _w("row gone", "数据库记录缺失", "записи в базе нет"),
    Flaw.UNLISTED: _w("not in the list", "不在哈希清单中", "нет в списке хешей"),
    Flaw.NOT_ERASED: _w("purged, file still there", "已清除但文件仍在", "удалена, но файл остался"),
    Flaw.STRANGER: _w("unknown file", "未知文件", "неизвестный файл"),
    Flaw.CHAIN_BROKEN: _w("list broken", "哈希清单断裂", "список хешей нарушен"),
    Flaw.COPY_DIFFERS: _w("copy of the list differs", "清单副本不一致", "копия списка отличается"),
}
SCOPES: Mapping[HoldScope, Words] = {
    HoldScope.ATTEMPT: _w("call", "通话", "звонок"),
    HoldScope.CUSTOMER: _w("customer", "客户", "клиент"),
    HoldScope.CAMPAIGN: _w("campaign", "活动", "кампания"),
}
HEADINGS = (
    _w("id", "编号", "номер"),
    _w("began", "开始", "начало"),
    _w("length", "时长", "длина"),
    _w("campaign", "活动", "кампания"),
    _w("agent", "坐席", "оператор"),
    _w("state", "状态", "состояние"),
    _w("remarks", "备注", "пометки"),
)
HELD = _w("on legal hold", "法律保留", "под запретом удаления")
PAUSES = _w("{count} pauses", "暂停 {count} 次", "пауз: {count}")
NONE_YET = _w("There is no such recording.", "没有符合条件的录音。", "Таких записей разговоров нет.")
EXPORTED = _w(
    "{file}: {size:,} bytes; the list of recordings says that {who} took it.",
    "{file}：{size:,} 字节；清单中已记录由 {who} 导出。",
    "{file}: {size:,} байт; в списке отмечено, что взял(а) {who}.",
)
SOUND = _w(
    "{recordings:,} recordings and {entries:,} entries of the list are sound. Head of the list: {head}",
    "{recordings:,} 条录音、清单 {entries:,} 条记录均完好。清单末端：{head}",
    "Целы записи: {recordings:,}, строки списка: {entries:,}. Конец списка: {head}",
)
FAULTY = _w(
    "{faults:,} faults in {recordings:,} recordings and {entries:,} entries of the list.",
    "{recordings:,} 条录音、清单 {entries:,} 条记录中发现 {faults:,} 处问题。",
    "Неисправностей: {faults:,}; проверено записей: {recordings:,}, строк списка: {entries:,}.",
)
HOLD_SET = _w(
    "Hold {id} is set: nothing of {scope} {target} is purged until it is released.",
    "保留 {id} 已设置：解除前不会清除{scope} {target} 的任何录音。",
    "Запрет {id} поставлен: {scope} {target} — ничего не удаляется, пока его не снимут.",
)
HOLD_RELEASED = _w("Hold {id} is released.", "保留 {id} 已解除。", "Запрет {id} снят.")
NO_HOLDS = _w("No hold is in force.", "当前没有法律保留。", "Запретов нет.")
PURGED = _w("{count:,} recordings purged.", "已清除 {count:,} 条录音。", "Удалено записей: {count:,}.")
WOULD_PURGE = _w(
    "{count:,} recordings would be purged; nothing was changed.",
    "将清除 {count:,} 条录音；未做任何更改。",
    "Было бы удалено записей: {count:,}; ничего не изменено.",
)
STAY_HELD = _w(
    "{count:,} are past their time and stay, held.",
    "{count:,} 条已到期，因法律保留而保存。",
    "Срок истёк, но под запретом остаются: {count:,}.",
)
RECOVERED = _w(
    "{kept:,} recordings taken in, {known:,} were there already, {put_off:,} wait, {lost:,} lost, {left:,} files left.",
    "收入 {kept:,} 条录音，{known:,} 条此前已有，{put_off:,} 条等待，{lost:,} 条丢失，{left:,} 个文件保留原处。",
    "Принято записей: {kept:,}, уже были: {known:,}, ждут: {put_off:,}, утрачено: {lost:,}, файлов осталось: {left:,}.",
)
ROTATED = _w(
    "{count:,} recordings are wrapped by the key {key} now. Copy {file} to your backup of keys.",
    "{count:,} 条录音现由密钥 {key} 保护。请将 {file} 复制到密钥备份。",
    "Записей под ключом {key}: {count:,}. Скопируйте {file} в резервную копию ключей.",
)
