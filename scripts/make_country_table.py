#!/usr/bin/env python3
"""Writes pipelines/text/data/countries.json: words that stand for a country, by language.

Sources: names of countries and of their capitals from the Unicode CLDR (Unicode licence v3, as babel ships
it) and the hand-written pipelines/text/data/country_words.yml. Run it after a change of that file or of the
rules below; it needs the test dependencies (babel) and prints what it wrote.
"""

import argparse
import json
import re
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import wordfreq
import yaml
from babel import Locale
from babel.core import get_global

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.text.terms import UNSPACED, fold, primary, words  # noqa: E402

DATA = ROOT / "pipelines" / "text" / "data"
LANGUAGES = """
ar bg bn ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka ko lt lv nb nl pl pt pt_PT ro ru sk sl
sr sv ta th tr uk ur vi zh zh_Hant
"""

# Territories whose name is also a common word or a person's ("reunion", "jersey", "norfolk"), or no country.
LEFT_OUT = """
AC AI AQ AS AW AX BL BM BQ BV CC CK CP CQ CW CX DG EA EZ FK FO GF GG GI GP GS GU HM IC IM IO JE KY MF MP MQ MS
NC NF NU PF PM PN QO RE SH SJ SX TA TC TF TK UM VG VI WF XA XB YT ZZ
"""

CAPITALS = """
Africa/Abidjan Africa/Accra Africa/Addis_Ababa Africa/Algiers Africa/Asmara Africa/Bamako Africa/Cairo
Africa/Dakar Africa/Djibouti Africa/Freetown Africa/Harare Africa/Kampala Africa/Khartoum Africa/Kigali
Africa/Kinshasa Africa/Libreville Africa/Luanda Africa/Lusaka Africa/Maputo Africa/Mogadishu Africa/Monrovia
Africa/Nairobi Africa/Ndjamena Africa/Niamey Africa/Nouakchott Africa/Ouagadougou Africa/Tripoli Africa/Tunis
Africa/Windhoek America/Bogota America/Argentina/Buenos_Aires America/Caracas America/Havana America/La_Paz
America/Lima
America/Managua America/Montevideo America/Port-au-Prince Asia/Amman Asia/Ashgabat Asia/Baghdad Asia/Baku
Asia/Bangkok Asia/Beirut Asia/Bishkek Asia/Colombo Asia/Damascus Asia/Dhaka Asia/Dushanbe Asia/Jakarta
Asia/Jerusalem Asia/Kabul Asia/Katmandu Asia/Kuala_Lumpur Asia/Manila Asia/Muscat Asia/Pyongyang Asia/Rangoon
Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Taipei Asia/Tashkent Asia/Tbilisi Asia/Tehran Asia/Tokyo
Asia/Ulaanbaatar Asia/Vladivostok Asia/Yerevan Australia/Sydney Europe/Amsterdam Europe/Athens Europe/Belgrade
Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Chisinau
Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kiev Europe/Lisbon Europe/Ljubljana
Europe/London Europe/Madrid Europe/Minsk Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Riga
Europe/Rome Europe/Sarajevo Europe/Skopje Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna
Europe/Vilnius Europe/Warsaw Europe/Zagreb
"""

# Endings that fall away before those of adjectives and cases come: "Ukraine" stands for "ukrainisch" too.
ENDINGS = re.compile("(en|a|e|o|y|я|а|е|о|ь|и|α)$")
SHORTEST = 5
"""Letters that a form with a free ending has at least: "itali*", "росси*"."""


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=DATA / "countries.json", help="where to write it")
    output: Path = parser.parse_args().output
    table: dict[str, dict[str, str]] = {}
    for code in LANGUAGES.split():
        table.setdefault(primary(code), {}).update(cldr_forms(code))
    for country, by_language in yaml.safe_load((DATA / "country_words.yml").read_text("utf-8")).items():
        for language, names in by_language.items():
            for name in names.split(","):
                table.setdefault(language, {})[hand_written_form(name.strip())] = country
    written = {
        "about": "scripts/make_country_table.py: Unicode CLDR (LICENSE.unicode) and country_words.yml",
        "frequency": frequencies(table),
        "forms": {language: dict(sorted(forms.items())) for language, forms in sorted(table.items())},
    }
    output.write_text(json.dumps(written, ensure_ascii=False, indent=0) + "\n", "utf-8")
    count = sum(map(len, table.values()))
    print(f"{output}: {len(table)} languages, {count} forms, {output.stat().st_size} bytes")


def cldr_forms(code: str) -> dict[str, str]:
    """Forms of the names of countries and capitals in one locale; a form of two countries is left out."""
    locale = Locale.parse(code)
    found: dict[str, set[str]] = defaultdict(set)
    for country, name in locale.territories.items():
        if (
            len(country) == 2
            and country.isalpha()
            and country not in LEFT_OUT.split()
            and not re.search(r"[(,（]|SAR|Sonder", name)
        ):
            found[generated_form(name)].add(country)
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    latin = locale.territories["DE"].isascii()
    for zone in CAPITALS.split():
        city = locale.time_zones.get(zone, {}).get("city") or (
            zone.split("/")[-1].replace("_", " ") if latin else ""
        )
        if city:
            found[generated_form(city)].add(territories[aliases.get(zone, zone)])
    return {form: countries.pop() for form, countries in found.items() if form and len(countries) == 1}


def generated_form(name: str) -> str:
    """The form of a name that also meets its inflections and adjectives: "x*" is any longer word.

    A form that begins with a capital needs one in the text too ("Chile", the country).
    """
    if UNSPACED.match(name):
        return name.replace("・", "").replace(" ", "")
    parts = [fold(word) for word in words(name)]
    if len(parts) > 1:
        return " ".join(
            f"{part[: -2 if len(part) > 6 else -1]}*" if len(part) >= SHORTEST else part for part in parts
        )
    base = ENDINGS.sub("", parts[0]) if parts else ""
    if len(base) >= SHORTEST:
        return f"{base}*"
    return f"{parts[0]}*" if len(parts[0]) > SHORTEST else parts[0].capitalize()


def hand_written_form(name: str) -> str:
    """The form of a name of country_words.yml: in capitals for abbreviations, else folded, "x*" in lower
    case."""
    if UNSPACED.match(name) or (name.isupper() and name.isalpha() and len(name) <= SHORTEST):
        return name
    form = " ".join(
        fold(word.rstrip("*")) + "*" * word.endswith("*") for word in name.replace("-", " ").split()
    )
    return form.capitalize() if name[0].isupper() and form.isalpha() else form


def frequencies(table: dict[str, dict[str, str]]) -> dict[str, float]:
    """How often a country is named, as a share of all words: the upper quartile over languages.

    An upper one because many languages name a country with two words, which the lists do not count.
    """
    shares: dict[str, list[float]] = defaultdict(list)
    available = wordfreq.available_languages("small")
    for language, forms in table.items():
        if language not in available:
            continue
        listed = wordfreq.get_frequency_dict(language, "small")
        named: dict[str, float] = defaultdict(float)
        for form, country in forms.items():
            if " " not in form and not form.isupper():
                named[country] += sum(
                    listed.get(form.rstrip("*").lower() + end, 0.0) for end in ("", *"aeoyияіюуь")
                )
        for country, share in named.items():
            shares[country] += [share] if share else []
    quartile = {
        country: statistics.quantiles(values, n=4)[2] if len(values) > 1 else values[0]
        for country, values in sorted(shares.items())
        if values
    }
    return {country: float(f"{share:.1e}") for country, share in quartile.items()}


if __name__ == "__main__":
    main()
