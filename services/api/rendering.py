"""Pages: one Jinja environment a language, frozen dataclasses in, HTML out."""

import gettext
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import jinja2
import phonenumbers
from babel import Locale, dates
from babel.messages import mofile, pofile
from lucide import jinja as lucide
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.peer.accounts.queries import SignedIn

_HERE = Path(__file__).parent
LANGUAGES = ("en", "es")
_HOME_ZONE = "America/Chicago"


def page(
    request: Request,
    template: str,
    view: object,
    *,
    zone: str = _HOME_ZONE,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render a page.

    Args:
        request: for the language, the path and who is signed in.
        template: file below `templates/`.
        view: the frozen dataclass that the template calls `page`.
        zone: IANA time zone in which people read the clock.
        status: HTTP status.
        headers: more headers.
    """
    return HTMLResponse(fragment(request, template, view, zone=zone), status, headers=dict(headers or {}))


def back(request: Request, path: str, **query: str) -> Response:
    """Return to a page after a change, in the language that the form spoke; `query` goes along."""
    lang = getattr(request.state, "lang", "")
    said = {**query, "lang": lang} if lang in LANGUAGES else query
    return RedirectResponse(f"{path}?{urlencode(said)}" if said else path, 303)


def fragment(request: Request, template: str, view: object, *, zone: str = _HOME_ZONE) -> str:
    """Render a part of a page, for live updates; arguments as for `page`."""
    lang = language(request)
    caller = getattr(request.state, "caller", None)
    return (
        environment(lang)
        .get_template(template)
        .render(
            page=view,
            lang=lang,
            path=request.url.path,
            zone=ZoneInfo(zone),
            me=caller if isinstance(caller, SignedIn) else None,
        )
    )


def language(request: Request) -> str:
    """Return the language that was chosen on the page, else the browser's, else English."""
    chosen = getattr(request.state, "lang", None) or request.query_params.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().split("-")[0].lower()
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


@lru_cache(maxsize=len(LANGUAGES))
def environment(lang: str) -> jinja2.Environment:
    """Return the templates of one language."""
    built = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translations(lang)
    built.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    built.globals.update(icon=_icon, static=_static)
    built.filters.update(
        when=_when(lang),
        clock=_clock,
        day=_day(lang),
        weekday=_weekday(lang),
        language_name=_language_name(lang),
        phone=phone,
    )
    built.filters.update(short_day=_short_day(lang), zone_name=_zone_name(lang), amount=_amount)
    return built


@lru_cache(maxsize=len(LANGUAGES))
def translations(lang: str) -> gettext.NullTranslations:
    """Return a language's words; English is what the templates say."""
    catalogue = _HERE / "locale" / f"{lang}.po"
    if not catalogue.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with catalogue.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def phone(number: str) -> str:
    """Return an E.164 number as people read it: `+18165550123` as `(816) 555-0123`."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _icon(name: str, size: int = 20) -> Markup:
    return Markup(lucide.lucide(name, size=size, aria_hidden="true", focusable="false"))  # noqa: S704 - our own icons


def _static(name: str) -> str:
    return f"/static/{name}?v={_version()}"


@lru_cache(maxsize=1)
def _version() -> str:
    newest = max(path.stat().st_mtime for path in (_HERE / "static").iterdir())
    return f"{int(newest):x}"


@jinja2.pass_context
def _clock(context: jinja2.runtime.Context, moment: datetime) -> str:
    zone: Any = context["zone"]
    return moment.astimezone(zone).strftime("%H:%M")


def _when(lang: str) -> Callable[[datetime, str], str]:
    def when(moment: datetime, zone: str) -> str:
        """Return day, clock and zone as people at a place read them, whatever zone the page speaks."""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{dates.format_date(local, format='medium', locale=lang)}, {local.strftime('%H:%M %Z')}"

    return when


def _day(lang: str) -> Any:  # noqa: ANN401 - a Jinja filter
    @jinja2.pass_context
    def day(context: jinja2.runtime.Context, value: date | datetime) -> str:
        local = value.astimezone(context["zone"]) if isinstance(value, datetime) else value
        return dates.format_date(local, format="medium", locale=lang)

    return day


def _weekday(lang: str) -> Any:  # noqa: ANN401 - a Jinja filter
    @jinja2.pass_context
    def weekday(context: jinja2.runtime.Context, moment: datetime) -> str:
        return dates.format_date(moment.astimezone(context["zone"]), format="EEEE", locale=lang)

    return weekday


def _short_day(lang: str) -> Any:  # noqa: ANN401 - a Jinja filter
    @jinja2.pass_context
    def short_day(context: jinja2.runtime.Context, value: date | datetime) -> str:
        local = value.astimezone(context["zone"]) if isinstance(value, datetime) else value
        return dates.format_skeleton("MMMEd", local, locale=lang)

    return short_day


def _zone_name(lang: str) -> Any:  # noqa: ANN401 - a Jinja filter
    def zone_name(zone: str) -> str:
        return dates.get_timezone_name(ZoneInfo(zone), locale=lang)

    return zone_name


def _amount(value: float) -> str:
    return f"{value:g}"


def _language_name(lang: str) -> Any:  # noqa: ANN401 - a Jinja filter
    def language_name(tag: str) -> str:
        return Locale(lang).languages.get(tag) or tag

    return language_name
