"""Web domains: the registrable part, and whether it says anything about who is meant.

Nothing is fetched or cached on disk. A domain is the company's own unless it is free mail, a provider's, a site
builder's or social page, or a placeholder.
"""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rules.matching.suffixes import split
from rules.matching.text import fold

_CACHE_DOMAINS: Final = 16_384
_HOST: Final = re.compile(r"^[a-z][a-z0-9+.-]*://|^//", re.IGNORECASE)
_ADDRESS_MAX: Final = 400
_NAME: Final = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:[.。．][^\W_](?:[\w-]*[^\W_])?)+")
_HOST_END: Final = re.compile(r"[/?#\s,;]")


_PROVIDER: Final = re.compile(
    r"broadband|telecom|telekom|telefoni|fibra|fibre(?!glass)|fiber(?!glass)|kabel|cable(?!way)|dsl|dialup|webmail|freemail"
    r"|netz$|mailbox|wifi|internet(?!ional)|provider|hosting|hotspot|handelskammer|chamberof|camara"
)


class DomainKind(StrEnum):
    OWN = "own"
    SHARED = "shared"  # free mail, providers, site builders, social pages: many unrelated holders
    NONE = "none"  # empty, a placeholder, or no domain at all


def _set(domains: str) -> frozenset[str]:
    return frozenset(domains.split())


FREE_MAIL: Final = _set(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es
    live.com live.co.uk msn.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.com.br
    yahoo.co.in ymail.com rocketmail.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.com gmx.at gmx.ch
    web.de t-online.de freenet.de arcor.de mail.com email.com protonmail.com proton.me pm.me tutanota.com tuta.io
    zoho.com fastmail.com hey.com inbox.com mail.ru bk.ru list.ru inbox.ru yandex.ru yandex.com ya.ru rambler.ru
    ukr.net i.ua seznam.cz centrum.cz wp.pl onet.pl o2.pl interia.pl op.pl libero.it virgilio.it tiscali.it alice.it
    tin.it pec.it orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr terra.com.br uol.com.br bol.com.br
    ig.com.br telefonica.net ono.com sapo.pt telenet.be skynet.be proximus.be ziggo.nl kpnmail.nl planet.nl
    xs4all.nl home.nl chello.nl bluewin.ch hispeed.ch sunrise.ch aon.at telia.com comhem.se online.no bigpond.com
    optusnet.com.au iinet.net.au xtra.co.nz comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net
    charter.net earthlink.net juno.com shaw.ca rogers.com sympatico.ca bell.net telus.net btinternet.com sky.com
    virginmedia.com talktalk.net ntlworld.com blueyonder.co.uk eircom.net qq.com 163.com 126.com sina.com sina.cn
    sohu.com foxmail.com aliyun.com 139.com naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp
    softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp so-net.ne.jp rediffmail.com sify.com indiatimes.com otenet.gr
    forthnet.gr abv.bg mynet.com walla.co.il netvision.net.il emirates.net.ae singnet.com.sg pacific.net.sg
    hotmail.nl hotmail.be hotmail.com.br hotmail.com.ar hotmail.com.mx hotmail.co.jp hotmail.se hotmail.no
    hotmail.dk hotmail.ch outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.com.br outlook.co.uk
    outlook.be outlook.dk live.de live.fr live.it live.nl live.be live.dk live.se live.no live.jp live.ca
    live.com.au live.com.mx live.com.pt live.cn msn.cn yahoo.ca yahoo.com.au yahoo.com.mx yahoo.com.ar yahoo.com.co
    yahoo.com.tr yahoo.com.sg yahoo.com.hk yahoo.com.tw yahoo.com.vn yahoo.com.ph yahoo.co.id yahoo.co.kr
    yahoo.co.nz yahoo.co.za yahoo.co.th yahoo.com.my yahoo.nl yahoo.be yahoo.se yahoo.no yahoo.dk yahoo.pl yahoo.gr
    yahoo.ro yahoo.at yahoo.ie yahoo.pt yahoo.cn yahoo.in yahoo.com.cn aol.de aol.fr aol.co.uk aim.com gmx.fr gmx.it
    gmx.es gmx.co.uk gmx.us gmx.li gmx.eu mail.de mail.fr mail.be mail.dk mail.bg mail.ee mail.kz mail.ua email.de
    email.it email.cz post.cz volny.cz atlas.cz tiscali.cz quick.cz azet.sk zoznam.sk centrum.sk pobox.sk post.sk
    freemail.hu citromail.hu vipmail.hu indamail.hu t-online.hu upcmail.hu gazeta.pl tlen.pl vp.pl poczta.fm
    autograf.pl neostrada.pl inwind.it iol.it supereva.it fastwebnet.it teletu.it vodafone.it tim.it poste.it
    aruba.it legalmail.it numericable.fr club-internet.fr voila.fr noos.fr cegetel.net aliceadsl.fr bouygtel.fr
    dbmail.com mailfence.com mailo.com posteo.de mailbox.org mein.gmx vodafone.de vodafone.es vodafone.pt
    vodafonemail.de unitymedia.de kabelmail.de kabelbw.de netcologne.de ewetel.net ewe.net osnanet.de htp-tel.de
    m-net.de versanet.de 1und1.de online.de onlinehome.de telekom.de magenta.at inode.at utanet.at liwest.at drei.at
    a1.net chello.at kabsi.at tele2.at swissonline.ch vtxmail.ch greenmail.ch quickline.ch wilnet.ch romandie.com
    netplus.ch upcmail.nl casema.nl hetnet.nl tele2.nl zonnet.nl quicknet.nl tiscali.nl upcmail.ie solcon.nl
    scarlet.be voo.be base.be edpnet.be brutele.be pandora.be belgacom.net pt.lu internet.lu vo.lu mail.lu
    movistar.es telefonica.es jazzfree.com orange.es wanadoo.es euskalnet.net mixmail.com terra.es ya.com auna.com
    netcabo.pt clix.pt iol.pt telepac.pt nos.pt meo.pt spray.se bredband.net tele2.se swipnet.se glocalnet.net
    utfors.se ownit.nu passagen.se broadpark.no lyse.net getmail.no c2i.net frisurf.no altibox.no stofanet.dk
    tdcadsl.dk tele.dk jubii.dk ofir.dk youmail.dk cybercity.dk webspeed.dk fibermail.dk kolumbus.fi elisanet.fi
    saunalahti.fi inet.fi sci.fi welho.com dnainternet.net luukku.com suomi24.fi simnet.is internet.is visir.is
    eircom.ie iol.ie ireland.com indigo.ie vodafone.ie btopenworld.com btconnect.com tiscali.co.uk talk21.com
    lineone.net plus.com plus.net freeserve.co.uk o2.co.uk zen.co.uk demon.co.uk supanet.com tesco.net uwclub.net
    waitrose.com fsmail.net windowslive.com cableone.net centurylink.net centurytel.net embarqmail.com frontier.com
    frontiernet.net hughes.net mchsi.com mindspring.com netzero.net netzero.com optonline.net optimum.net
    peoplepc.com q.com qwest.net roadrunner.com rr.com suddenlink.net tds.net twc.com windstream.net wowway.com
    excite.com lycos.com lycos.de netscape.net usa.net ameritech.net pacbell.net swbell.net prodigy.net snet.net
    videotron.ca shaw.com sasktel.net mts.net eastlink.ca cogeco.ca cogeco.net telusplanet.net xplornet.com
    ozemail.com.au tpg.com.au westnet.com.au on.net dodo.com.au aapt.net.au adam.com.au telstra.com slingshot.co.nz
    orcon.net.nz vodafone.co.nz clear.net.nz paradise.net.nz ihug.co.nz mweb.co.za telkomsa.net vodamail.co.za
    iafrica.com absamail.co.za webmail.co.za yandex.ua yandex.by yandex.kz tut.by mail.by meta.ua bigmir.net
    internet.ua online.ua narod.ru pochta.ru nm.ru km.ru lenta.ru ngs.ru vk.com dir.bg inbox.lv inbox.lt one.lt
    takas.lt apollo.lv hot.ee online.ee neti.ee siol.net volja.net amis.net email.si t-2.net net.hr inet.hr vip.hr
    htnet.hr eunet.rs sbb.rs ptt.rs telekom.rs yubc.net bih.net.ba t.mk freemail.gr hol.gr in.gr pathfinder.gr
    cytanet.com.cy cablenet.com.cy primehome.com superonline.com ttmail.com turk.net hotmail.com.tr hotmail.gr
    windowslive.com.tr mynet.com.tr bezeqint.net zahav.net.il 012.net.il 013.net inter.net.il orange.net.il eim.ae
    batelco.com.bh qatar.net.qa link.net tedata.net.eg menara.ma topnet.tn planet.tn wanadoo.tn djaweb.dz vsnl.com
    vsnl.net sancharnet.in bsnl.in airtelmail.in rediff.com in.com dataone.in sltnet.lk dialog.lk bttb.net.bd
    cyber.net.pk wol.net.pk yeah.net tom.com 21cn.com 188.com 189.cn sogou.com wo.cn aliyun.cn netvigator.com
    hkbn.net i-cable.com biznetvigator.com hinet.net seed.net.tw pchome.com.tw so-net.net.tw giga.net.tw yahoo.ne.jp
    goo.ne.jp infoseek.jp excite.co.jp plala.or.jp dion.ne.jp odn.ne.jp eonet.ne.jp zaq.ne.jp home.ne.jp softbank.jp
    vodafone.ne.jp au.com kornet.net chol.com dreamwiz.com empal.com lycos.co.kr korea.com hanmir.com paran.com
    streamyx.com tm.net.my jaring.my starhub.net.sg telkom.net indo.net.id cbn.net.id centrin.net.id plasa.com
    pldtdsl.net globe.com.ph vnn.vn fpt.vn truemail.co.th csloxinfo.com loxinfo.co.th th.com prodigy.net.mx
    telmex.com infinitum.com.mx cablevision.net.mx megared.net.mx speedy.com.ar fibertel.com.ar arnet.com.ar
    ciudad.com.ar uolsinectis.com.ar vtr.net entelchile.net cantv.net une.net.co etb.net.co epm.net.co oi.com.br
    globo.com globomail.com r7.com zipmail.com.br superig.com.br veloxmail.com.br brturbo.com.br pop.com.br
    adinet.com.uy racsa.co.cr hushmail.com runbox.com tutamail.com tuta.com skiff.com duck.com riseup.net gmx.tm
    mailinator.com yopmail.com guerrillamail.com 10minutemail.com tempmail.com proton.ch protonmail.ch passmail.net
    appleid.com
    """
)
SITES: Final = _set(
    """
    facebook.com linkedin.com instagram.com twitter.com x.com youtube.com tiktok.com pinterest.com xing.com
    google.com wordpress.com squarespace.com wix.com wixsite.com weebly.com godaddysites.com jimdo.com jimdosite.com
    jimdofree.com shopify.com myshopify.com webnode.com strikingly.com blogspot.com tumblr.com medium.com github.io
    github.com gitlab.io notion.site webflow.io netlify.app vercel.app herokuapp.com azurewebsites.net
    cloudfront.net amazonaws.com sharepoint.com hubspot.com hubspotpagebuilder.com salesforce.com force.com
    linktr.ee bit.ly goo.gl wa.me t.me vk.com ok.ru tilda.ws business.site ueniweb.com site123.me cargo.site
    carrd.co yolasite.com 1und1.de ionos.com strato.de onmicrosoft.com yelp.com wikipedia.org crunchbase.com
    etsy.com ebay.com amazon.com alibaba.com indiamart.com line.me naver.me fb.com fb.me m.me threads.net
    snapchat.com reddit.com quora.com pages.dev workers.dev web.app firebaseapp.com appspot.com
    googleusercontent.com googlepages.com g.page page.link onrender.com fly.dev railway.app surge.sh readthedocs.io
    gitbook.io atlassian.net trello.com airtable.com typeform.com wufoo.com jotform.com surveymonkey.com
    mailchimp.com mailchimpsites.com constantcontact.com eventbrite.com meetup.com soundcloud.com vimeo.com
    flickr.com behance.net dribbble.com about.me contactout.com zoominfo.com dnb.com bloomberg.com kompass.com
    europages.com yellowpages.com gelbeseiten.de goldenpages.ie pagesjaunes.fr paginegialle.it paginasamarillas.es
    local.ch 11880.com made-in-china.com globalsources.com 1688.com taobao.com tmall.com weibo.com wechat.com
    baidu.com zhihu.com douyin.com rakuten.co.jp rakuten.ne.jp ameblo.jp hatenablog.com fc2.com jimdo.jp livedoor.jp
    wixstudio.io editorx.io duda.co dudaone.com multiscreensite.com zyrosite.com zyro.com hostingersite.com
    000webhostapp.com infinityfreeapp.com freehostia.com byethost.com awardspace.com atspace.com tripod.com
    angelfire.com geocities.com webs.com homestead.com moonfruit.com doodlekit.com ucoz.com ucoz.ru narod.ru
    livejournal.com nethouse.ru tilda.cc bitrix24.site bitrix24.com mozello.com voog.com one.com simplesite.com
    webador.com webador.de e-monsite.com overblog.com over-blog.com canalblog.com skyrock.com altervista.org xoom.it
    bloog.pl prv.pl cba.pl mystrikingly.com ghost.io substack.com bigcartel.com bigcommerce.com mybigcommerce.com
    ecwid.com company.site prestashop.com shopware.com lightspeedhq.com square.site squareup.com toasttab.com
    ueni.com yell.com freeindex.co.uk thomsonlocal.com bark.com tripadvisor.com booking.com opentable.com
    trustpilot.com glassdoor.com indeed.com monster.com bing.com yahoosites.com hubspotpagebuilder.eu hs-sites.com
    hubspotusercontent.net site.com sharepoint.de live.site dropbox.com box.com evernote.com canva.site canva.com
    framer.website framer.app framer.ai softr.app bubbleapps.io glideapp.io replit.app repl.co glitch.me codepen.io
    wpengine.com wpcomstaging.com pantheonsite.io kinsta.cloud cloudwaysapps.com plesk.page myqnapcloud.com
    synology.me dyndns.org ddns.net no-ip.org duckdns.org bitly.com tinyurl.com t.co lnkd.in youtu.be telegram.me
    whatsapp.com viber.com discord.gg discord.com slack.com zoom.us
    """
)
PLACEHOLDERS: Final = _set(
    """
    example.com example.org example.net test.com test.de domain.com company.com yourcompany.com website.com none.com
    na.com noemail.com nomail.com unknown.com abc.com xyz.com email.example mail.example localhost.localdomain
    """
)
# Domains that consist of such a word stand for none, whatever their ending.
_PLACEHOLDER_STEMS: Final = _set(
    """
    test none na null nil unknown xxx xxxx example examples email nomail noemail domain mydomain yourdomain company
    yourcompany mycompany companyname website yourwebsite mywebsite nowebsite asdf asd qwerty tbd tba sample demo
    abcd noreply notavailable notapplicable notprovided nowhere nothing invalid dummy placeholder undefined nan
    localhost localdomain foobar testing test1 test123 12345 unbekannt
    """
)


_HOST_LABELS: Final = frozenset(
    {"www", "m", "web", "de", "fr", "en", "es", "it", "uk", "us", "mobile", "sites", "business"}
)
_PATH_LABELS: Final = _set(
    "company in pages people groups site view pg profile channel user c home index.html http: https: en"
)


@lru_cache(maxsize=_CACHE_DOMAINS)
def registrable(text: str | None) -> str | None:
    """Return the registrable domain of a domain, web address or mail address: "www.shop.acme.co.uk/x" gives "acme.co.uk"."""
    if text is None:
        return None
    host = _HOST.sub("", text[:_ADDRESS_MAX].strip().lower())
    host = _HOST_END.split(host, maxsplit=1)[0].rsplit("@", 1)[-1].split(":", 1)[0].strip(".")
    if "." not in host or not _NAME.fullmatch(host):
        return None
    found = split(host)
    if found is not None:
        return ".".join(found)
    labels = host.split(".")  # an unlisted ending (".example", ".internal"): the last two labels
    return ".".join(labels[-2:]) if all(labels[-2:]) and not host.replace(".", "").isdigit() else None


def kind_of(domain: str | None, shared: frozenset[str] = frozenset()) -> DomainKind:
    """Return what a registrable domain says. shared: further ones that identify nobody."""
    if domain is None or domain in PLACEHOLDERS or domain.partition(".")[0].replace("-", "") in _PLACEHOLDER_STEMS:
        return DomainKind.NONE
    if domain in FREE_MAIL or domain in SITES or domain in shared:
        return DomainKind.SHARED
    return DomainKind.OWN


def page_of(text: str | None) -> str | None:
    """Return the name under which a site builder or social network shows a page: "acme" of acme.wordpress.com."""
    site = registrable(text)
    if text is None or site not in SITES:
        return None
    host, _, path = _HOST.sub("", text.strip().lower()).partition("/")
    label = host.removesuffix(site).strip(".").rpartition(".")[2]
    if label and label not in _HOST_LABELS:
        return label.replace("-", "")
    parts = [part for part in _HOST_END.split(path) if part and part not in _PATH_LABELS]
    return "".join(letter for letter in parts[0] if letter.isalnum()) or None if parts else None


def looks_like_provider(domain: str) -> bool:
    """Tell whether a domain's name sounds like an internet provider's or a chamber's, which no list can hold in full."""
    return _PROVIDER.search(domain.partition(".")[0]) is not None or domain.startswith("chamber.")


@lru_cache(maxsize=_CACHE_DOMAINS)
def stem(domain: str) -> str:
    """Return a registrable domain's own label, hyphens removed: "acme-works" of acme-works.co.uk gives "acmeworks"."""
    found = split(domain)
    label = found[0] if found is not None else domain.split(".", 1)[0]
    if label.startswith("xn--"):
        with suppress(UnicodeError):
            label = label[4:].encode().decode("punycode")
    return fold(label)[0].replace("-", "") or label
