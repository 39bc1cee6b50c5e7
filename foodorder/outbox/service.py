"""Queue messages in the transaction that causes them; `deliver` hands them to the mail server after it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from foodorder.db import db

_QUEUE = text("""
INSERT INTO message (dedupe_key, template, language, recipient_name, recipient_email, municipality_id, data,
                     attachments, object_type, object_id, state, attempts)
SELECT :key || '|' || coalesce(nullif(email, ''), name), :template, language, name, nullif(email, ''),
       CAST(:municipality_id AS integer), CAST(:data AS jsonb), CAST(:attachments AS jsonb),
       CAST(:object_type AS text), CAST(:object_id AS bigint),
       CASE WHEN nullif(email, '') IS NULL THEN 'no_address' ELSE 'queued' END, 0
  FROM json_to_recordset(CAST(:recipients AS json)) AS r(name text, email text, language text)
ON CONFLICT (dedupe_key) DO NOTHING
""")

#: Values that let their reader in: they belong to the recipient alone, and only until they are sent.
SECRETS = frozenset({"path", "link", "secret", "token"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to; without an e-mail the message waits for a person who prints it."""

    name: str
    email: str | None
    language: str


def queue(
    template: str,
    recipients: Sequence[Recipient],
    *,
    key: str,
    data: Mapping[str, Any],
    municipality_id: int | None = None,
    object_type: str | None = None,
    object_id: int | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Write one message per recipient; returns how many are new.

    `key` names the occasion ("cycle 7 opened"): the same key and address never give a second message.
    `data` must be plain JSON: numbers, texts, lists; templates format them in the recipient's language.
    """
    if not recipients:
        return 0
    written = db.session.execute(
        _QUEUE,
        {
            "key": key,
            "template": template,
            "municipality_id": municipality_id,
            "data": json.dumps(dict(data)),
            "attachments": json.dumps([dict(attachment) for attachment in attachments]),
            "object_type": object_type,
            "object_id": object_id,
            "recipients": json.dumps([asdict(recipient) for recipient in recipients]),
        },
    )
    return int(written.rowcount)  # type: ignore[attr-defined]


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """A message's data with the mailed links left out, for everybody but the recipient."""
    return {name: "/…" if name in SECRETS else value for name, value in data.items()}
