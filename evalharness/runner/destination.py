"""Where each trial's session goes: the target's address, and for the embedded server what it needs
to know of the trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from evalharness.dataset.models import Manifest
from evalharness.experiment.plan import Trial, session_update, with_secrets
from evalharness.experiment.variant import Variant


@dataclass(frozen=True, slots=True)
class Destination:
    """One trial's address and session. `url`, `headers`, `session` and `secrets` may hold keys
    and are never stored as they are."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    session: Mapping[str, object] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    dialect: str = "ga"
    model: str | None = None


def destination(
    variant: Variant,
    manifest: Manifest,
    trial: Trial,
    environ: Mapping[str, str],
    *,
    embedded_url: str | None,
) -> Destination:
    """Resolve a variant's target for one trial.

    `embedded_url` is the embedded server's address, needed when the target is local. Raises
    UnfitEnvironment for a key that is not set.
    """
    target = variant.target
    if target.url is None:
        assert embedded_url is not None
        target = replace(target, url=embedded_url)
    connection = target.connection(variant.model, environ, intent=variant.intent)
    filled = with_secrets(session_update(manifest, variant), environ)
    url = connection.url
    if variant.target.local is not None:
        options = variant.target.local.model_dump_json(exclude_unset=True)
        known = {"local": options, "scenario": trial.scenario_key, "repeat": trial.repeat}
        url += ("&" if "?" in url else "?") + urlencode(known)
    return Destination(
        url=url,
        headers=connection.headers,
        session=filled.session,
        secrets=(*connection.secrets, *filled.secrets),
        dialect=target.dialect,
        model=variant.model,
    )
