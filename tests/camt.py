"""Statements of account as a bank writes them (camt.053), for tests."""

from foodorder.bank.camt053 import NAMESPACES

OLD, NEW = NAMESPACES
OWN = "SI26990000000000123"
FARM = "SI04990000000000124"


def euros(cents):
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def signed(cents, name="Amt", currency="EUR"):
    way = "CRDT" if cents >= 0 else "DBIT"
    return f'<{name} Ccy="{currency}">{euros(cents)}</{name}><CdtDbtInd>{way}</CdtDbtInd>'


def balance(code, cents, day="2026-11-30"):
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{signed(cents)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def entry(cents, details="", *, namespace=NEW, status="BOOK", more="", dates=None):
    sts = f"<Sts><Cd>{status}</Cd></Sts>" if namespace == NEW else f"<Sts>{status}</Sts>"
    days = (
        dates
        if dates is not None
        else ("<BookgDt><Dt>2026-11-30</Dt></BookgDt><ValDt><Dt>2026-12-01</Dt></ValDt>")
    )
    kept = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return f"<Ntry>{signed(cents)}{more}{sts}{days}{kept}</Ntry>"


def party(side, name, iban, namespace=NEW):
    named = f"<Nm>{name}</Nm>" if namespace == OLD else f"<Pty><Nm>{name}</Nm></Pty>"
    return f"<{side}>{named}</{side}><{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>"


def statement(
    *entries, opening=100_000, closing=None, total=0, namespace=NEW, head="", account=OWN, number="2026-231"
):
    closing = opening + total if closing is None else closing
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>{number}</Id>{head}"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def detail(cents=None, *, mark="", reference="", words="", more="", namespace=NEW):
    amount = ""
    if cents is not None:
        amount = (
            f'<Amt Ccy="EUR">{euros(cents)}</Amt><CdtDbtInd>{"CRDT" if cents >= 0 else "DBIT"}</CdtDbtInd>'
            if namespace == NEW
            else f'<AmtDtls><TxAmt><Amt Ccy="EUR">{euros(cents)}</Amt></TxAmt></AmtDtls>'
        )
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    free = f"<Ustrd>{words}</Ustrd>" if words else ""
    marked = f"<Refs><EndToEndId>{mark}</EndToEndId></Refs>" if mark else ""
    return f"<TxDtls>{marked}{amount}{more}<RmtInf>{free}{structured}</RmtInf></TxDtls>"
