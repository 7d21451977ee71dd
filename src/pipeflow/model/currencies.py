"""The currencies of ISO 4217 and the decimals of their smallest units.

Source: ISO 4217, List One ("Currency, fund and precious metal codes"), as its maintenance agency,
SIX Group, published it on 2026-01-01 (https://www.six-group.com, "Data Standards"). A code that
ISO withdraws later stays in this table, so that what was stored can still be read.
`XXX`, "no currency", is left out, for money always has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import nearest

__all__ = ["DECIMALS", "nearest_currency"]

_NONE = """
BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
"""
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
# Gold, special drawing rights and the like, and XTS for tests: ISO names no smallest unit.
_ANY = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA"
# Funds and units of account, which nobody means who mistypes a currency.
_FUNDS = frozenset(["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"])

# The decimals of every currency's smallest unit; None where it has none and nothing is rounded.
DECIMALS: Mapping[str, int | None] = MappingProxyType(
    {
        code: decimals
        for decimals, codes in ((0, _NONE), (2, _TWO), (3, _THREE), (4, _FOUR), (None, _ANY))
        for code in codes.split()
    }
)


def nearest_currency(given: str) -> str:
    """Return the currency that was probably meant: its letters swapped or one wrong; "" if none."""
    likely = [code for code in DECIMALS if code not in _FUNDS and DECIMALS[code] is not None]
    letters = sorted(given.upper())
    swapped = (code for code in likely if sorted(code) == letters)
    return next(swapped, "") or nearest(given, likely)
