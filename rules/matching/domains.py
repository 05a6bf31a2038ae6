"""Web domains: the registrable part, and whether it says anything about who is meant.

The public suffix list is the snapshot that tldextract carries; nothing is fetched or cached on disk. A domain is the
company's own unless it is free mail, a provider's, a site builder's or social page, or a placeholder.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tldextract import TLDExtract

_CACHE_DOMAINS: Final = 65_536
_HOST: Final = re.compile(r"^[a-z][a-z0-9+.-]*://|^//", re.IGNORECASE)
_HOST_END: Final = re.compile(r"[/?#\s,;]")


class DomainKind(StrEnum):
    OWN = "own"
    SHARED = "shared"  # free mail, providers, site builders, social pages: many unrelated holders
    NONE = "none"  # empty, a placeholder, or no domain at all


def _set(domains: str) -> frozenset[str]:
    return frozenset(domains.split())


FREE_MAIL: Final = _set(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es live.com
    live.co.uk msn.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.com.br yahoo.co.in
    ymail.com rocketmail.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de
    freenet.de arcor.de mail.com email.com protonmail.com proton.me pm.me tutanota.com tuta.io zoho.com fastmail.com
    hey.com inbox.com mail.ru bk.ru list.ru inbox.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua seznam.cz
    centrum.cz wp.pl onet.pl o2.pl interia.pl op.pl libero.it virgilio.it tiscali.it alice.it tin.it pec.it orange.fr
    wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr terra.com.br uol.com.br bol.com.br ig.com.br telefonica.net
    ono.com sapo.pt telenet.be skynet.be proximus.be ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl chello.nl
    bluewin.ch hispeed.ch sunrise.ch aon.at telia.com comhem.se online.no bigpond.com optusnet.com.au iinet.net.au
    xtra.co.nz comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com
    shaw.ca rogers.com sympatico.ca bell.net telus.net btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com
    blueyonder.co.uk eircom.net qq.com 163.com 126.com sina.com sina.cn sohu.com foxmail.com aliyun.com 139.com
    naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp
    so-net.ne.jp rediffmail.com sify.com indiatimes.com otenet.gr forthnet.gr abv.bg mynet.com walla.co.il
    netvision.net.il emirates.net.ae singnet.com.sg pacific.net.sg
    """
)
SITES: Final = _set(
    """
    facebook.com linkedin.com instagram.com twitter.com x.com youtube.com tiktok.com pinterest.com xing.com google.com
    wordpress.com squarespace.com wix.com wixsite.com weebly.com godaddysites.com jimdo.com jimdosite.com jimdofree.com
    shopify.com myshopify.com webnode.com strikingly.com blogspot.com tumblr.com medium.com github.io github.com
    gitlab.io notion.site webflow.io netlify.app vercel.app herokuapp.com azurewebsites.net cloudfront.net amazonaws.com
    sharepoint.com hubspot.com hubspotpagebuilder.com salesforce.com force.com linktr.ee bit.ly goo.gl wa.me t.me vk.com
    ok.ru tilda.ws business.site ueniweb.com site123.me cargo.site carrd.co yolasite.com 1und1.de ionos.com strato.de
    onmicrosoft.com yelp.com wikipedia.org crunchbase.com etsy.com ebay.com amazon.com alibaba.com indiamart.com line.me
    naver.me
    """
)
PLACEHOLDERS: Final = _set(
    """
    example.com example.org example.net test.com test.de domain.com company.com yourcompany.com website.com none.com
    na.com noemail.com nomail.com unknown.com abc.com xyz.com email.example mail.example localhost.localdomain
    """
)


@lru_cache(maxsize=1)
def _extract() -> TLDExtract:
    # Built on first use: reading the snapshot takes longer than a whole command may.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)


@lru_cache(maxsize=_CACHE_DOMAINS)
def registrable(text: str | None) -> str | None:
    """Return the registrable domain of a domain, web address or mail address: "www.shop.acme.co.uk/x" gives "acme.co.uk"."""
    if text is None:
        return None
    host = _HOST.sub("", text.strip().lower())
    host = _HOST_END.split(host, maxsplit=1)[0].rsplit("@", 1)[-1].split(":", 1)[0].strip(".")
    if "." not in host:
        return None
    found = _extract()(host)
    if found.domain and found.suffix:
        return f"{found.domain}.{found.suffix}"
    labels = host.split(".")  # an unlisted ending (".example", ".internal"): the last two labels
    return ".".join(labels[-2:]) if all(labels[-2:]) and not host.replace(".", "").isdigit() else None


def kind_of(domain: str | None, shared: frozenset[str] = frozenset()) -> DomainKind:
    """Return what a registrable domain says. shared: further ones that identify nobody."""
    if domain is None or domain in PLACEHOLDERS:
        return DomainKind.NONE
    if domain in FREE_MAIL or domain in SITES or domain in shared:
        return DomainKind.SHARED
    return DomainKind.OWN


@lru_cache(maxsize=_CACHE_DOMAINS)
def stem(domain: str) -> str:
    """Return a registrable domain's own label, hyphens removed: "acme-works" of acme-works.co.uk gives "acmeworks"."""
    found = _extract()(domain)
    return (found.domain or domain.split(".", 1)[0]).replace("-", "")
