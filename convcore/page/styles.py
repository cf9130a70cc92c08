"""The page's style sheets, by what Streamlit builds it of: see `WAYS` in `streamlit_ways`."""

from __future__ import annotations

STYLE = """<style>
form.vega-bindings {display: none !important;} /* see TELL_CHARTS */
.stVegaLiteChart .marks {touch-action: pan-y;} /* a finger that goes across is for the picture */
html {font-size: 100% !important;} /* the browser's own, which its visitor may have chosen */
.stMainBlockContainer {padding: 1.2rem 2rem 2rem;}
/* The header is over the page, which shows through where no button is. */
[data-testid=stHeader] {background: none; pointer-events: none;}
[data-testid=stHeader] button {pointer-events: auto;}
/* What the keyboard comes to is scrolled out from behind the header and the bar of Play. */
[data-testid=stMain] {scroll-padding: 3.75rem 0 3rem;}
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] {gap: 0.45rem;}
[data-testid=stSidebarHeader] {margin-bottom: -1.2rem;}
.stMainBlockContainer h1 {font-size: 1.5rem; padding: 0; line-height: 1.2;}
.stMainBlockContainer h1 + p {margin: 0; opacity: 0.8;}
h1 + p .brief {display: none;}
.stMainBlockContainer [data-testid=stVerticalBlock] {gap: 0.7rem;}
.stMainBlockContainer h2 {font-size: 1.45rem; padding: 0; line-height: 1.8rem;}
/* A long headline takes no more room than a short one: its pictures stay where they are. */
@media (min-width: 900px) {.stMainBlockContainer :where([data-long]) h2 {font-size: 1.2rem;}}
@media (min-width: 900px) and (max-width: 1240px) {[role=status] h2 {min-height: 3.6rem;}}
.stMainBlockContainer h3 {font-size: 1rem; padding: 0.4rem 0 0.2rem;}
[role=status] {padding-bottom: 0.7rem;}
[role=status] p {margin: 0.15rem 0 0; line-height: 1.3;}
.stMainBlockContainer table {display: block; overflow-x: auto; font-size: 0.86rem;}
.stMainBlockContainer th, .stMainBlockContainer td {padding: 0.25rem 0.6rem !important;}
.katex {display: inline-block; max-width: 100%; overflow: auto hidden; vertical-align: middle;}
/* White words on dark's light blue cannot be read, nor can quiet words that are too pale. */
:is([data-tag], [data-testid=stBaseButton-primaryFormSubmit]) {background-color: #1565b8 !important;}
[data-testid=stCaptionContainer] {opacity: 0.8;}
[data-testid=stWidgetLabel][disabled] {color: inherit;}
/* Why a file is refused stands in a tooltip only, and stays when another file comes. */
.stFileChip[aria-invalid=true] {flex-wrap: wrap; height: auto;}
.stFileChip [role=alert] {position: static; clip: auto; width: 100%; height: auto; margin: 0;
white-space: normal; font-size: 0.86rem;}
[data-testid=stFileChips] > div > div:has([aria-invalid=true]):not(:last-child) {display: none;}
@media (max-width: 40em) {.stMainBlockContainer {padding: 2.6rem 1rem 2rem;}
.stMainBlockContainer h2 {font-size: 1.2rem;}}
.st-key-where {position: relative; container-type: inline-size;}
@container (min-width: 49rem) {
.st-key-experiment {position: absolute; top: -5.6rem; right: 0; width: 17rem !important;}}
</style>"""

SMALL = "(max-width: 899px), (max-height: 500px)"  # windows that a sidebar would cover

# The bar of Play stays in sight; in small windows it has the bottom of the window to itself. While the
# pointer tries a value in a picture, which its cursor tells, the words about the run that is set step back.
PLAY_STYLE = f"""<style>
.st-key-play {{position: sticky; bottom: 0; z-index: 99;}}
@media {SMALL} {{.st-key-play {{position: fixed; left: 0; right: 0; width: auto !important;}}}}
/* Not in the order of tabs, and neither are the labels in it, which Streamlit makes visible one by one. */
[data-testid=stSidebar][data-collapsed=true], [data-testid=stSidebar][data-collapsed=true] * {{
    visibility: hidden !important;}}
@media (hover: hover) {{
.stMainBlockContainer:has([data-testid=stVegaLiteChart]:hover:is([style*="ew-resize"], [style*="move"]))
:is([role=status], .st-key-claim [data-testid=stMarkdown]) {{opacity: 0.3;}}}}
</style>"""

# In a small window: the title is in the header's line; labs and claims share a line, in which the labs
# scroll; and the headline has a fixed height, so that the picture stays where it is while the words change.
WINDOW_STYLE = f"""<style>
@keyframes more {{from {{--more: 0.1;}} 90% {{--more: 0.1;}} to {{--more: 1;}}}}
@media {SMALL} {{
.stMainBlockContainer {{padding: 2.4rem 1rem 7rem;}}
[data-testid=stMain] {{scroll-padding: 2.75rem 0 6rem;}}
[data-testid=stHeader] {{height: 2.75rem; min-height: 2.75rem;}}
@media (min-height: 501px) {{
[data-testid=stHeader] {{background: var(--st-background-color, Canvas);}}}}
.stMainBlockContainer h1 {{position: fixed; top: 0; left: 3.6rem; margin: 0;
font-size: 1.1rem; line-height: 2.75rem;}}
/* Over the header, but under an open sidebar. */
.stApp:not(:has([data-testid=stSidebar][data-collapsed=false])) h1 {{z-index: 999991;}}
.stMainBlockContainer h1 + p {{margin: -0.2rem 0 -0.1rem; font-size: 0.86rem; line-height: 1.1rem;}}
h1 + p .more {{display: none;}}
h1 + p .brief {{display: inline;}}
.stMainBlockContainer h2 {{font-size: 1.1rem; line-height: 1.18;}}
.stMainBlockContainer [data-testid=stVerticalBlock] {{gap: 0.4rem;}}
/* As high as two lines and four below them, or three and three: Streamlit would let the picture cover the
last one. */
[role=status] {{height: 7.46rem; overflow-y: auto; padding: 0;}}
[data-testid=stMarkdownContainer]:has(> [role=status]) {{margin-bottom: -0.4rem;}}
[role=status] p {{line-height: 1.08rem; margin-top: 0.1rem;}}
/* What scrolls fades out where there is more; a table's bar is always there. */
.stMainBlockContainer table {{scrollbar-width: thin;
animation: more linear; animation-timeline: scroll(self inline);
mask-image: linear-gradient(to right, #000 calc(100% - 3rem), rgb(0 0 0 / var(--more, 1)));}}
[role=status] {{animation: more linear; animation-timeline: scroll(self block);
mask-image: linear-gradient(#000 calc(100% - 1.6rem), rgb(0 0 0 / var(--more, 1)));}}
.st-key-experiment input {{text-overflow: ellipsis;}}
.st-key-where {{flex-wrap: nowrap !important;}}
.st-key-where > .st-key-lab {{flex: 1 1 0; min-width: 0;}}
.st-key-where > .st-key-experiment {{position: static; flex: 0 0 8rem; width: 8rem !important;}}}}
/* A picture as high as the window is whole between its top and the bar: the title scrolls away. */
@media (max-height: 500px) {{
[data-testid=stMain] {{scroll-padding-bottom: 3rem;}}
.stMainBlockContainer h1 {{position: absolute; top: -2.75rem;}}
.stMainBlockContainer h1 + p {{display: none;}}
.stMainBlockContainer {{padding-bottom: 4rem;}}
.stMainBlockContainer [data-testid=stVerticalBlock] {{gap: 0.2rem;}}
[role=status] {{height: 2.6rem;}}
[data-testid=stMarkdownContainer]:has(> [role=status]) {{margin-bottom: -0.2rem;}}}}
/* Zoomed to 400 % there is no room for both the words and what they are about. */
@media (max-width: 340px) and (max-height: 500px) {{[role=status] {{height: auto;}}}}
</style>"""

# A finger hits what is 44 px wide and high. Words beside what grows stay where they are.
TOUCH_STYLE = """<style>
@media (pointer: coarse), (max-width: 640px) {
:is([data-testid=stMain], [data-testid=stSidebar], [data-testid=stHeader]) button, summary,
[data-testid=stCheckbox] label, input:is([type=text], [role=combobox]), [role=option], a.view {
    min-width: 44px; min-height: 44px !important;}
a.view {display: inline-flex;}
:is(a.view, [data-testid=stCheckbox] label) {align-items: center;}
[data-testid=stTooltipHoverTarget] {margin: -14px;}
.st-key-experiment [aria-label="Clear value"] {display: none;}}
</style>"""

# What stands is the last run's until the next has drawn it, and no less true: only a picture that is long
# in coming is dimmed, while its progress is shown.
STANDING_STYLE = """<style>
[data-stale=true] {opacity: 1 !important;}
[data-testid=stVegaLiteChart] {transition: opacity 0.2s;}
.stMainBlockContainer:has([data-testid=stProgress]) [data-testid=stVegaLiteChart] {opacity: 0.45;}
</style>"""

CLAIM_STYLE = """<style>
.st-key-claim {border-left: 3px solid #8888; padding-left: 0.8rem;}
.st-key-claim button {min-height: 1.7rem; padding: 0 0.5rem;}
.st-key-steps button {min-height: 1.6rem; padding: 0 0.45rem; font-size: 0.8rem;}
@media (max-width: 40em) {.st-key-steps {display: none;}} /* the list of claims is there */
@media (pointer: coarse) {:is(.st-key-claim, .st-key-guess) button {min-height: 2.75rem;}}
.st-key-walk {row-gap: 0.3rem !important; column-gap: 0.4rem !important;}
@media (max-width: 40em) {.st-key-walk {column-gap: 0.3rem !important; width: 100% !important;}
.st-key-walk button {padding: 0 0.4rem;} .st-key-walk p {font-size: 0.86rem;}}
/* On a phone the picture comes first: the claim and its verdict are in sight, the rest scrolls. */
@media (max-width: 40em) and (min-height: 501px) {.stMainBlockContainer h1 + p {display: none;}
.st-key-claim {gap: 0.2rem !important;}
.st-key-claim [data-testid=stMarkdown] [data-testid=stMarkdownContainer] {overflow-y: auto; margin: 0;
max-height: 2.6rem; animation: more linear; animation-timeline: scroll(self block);
mask-image: linear-gradient(#000 calc(100% - 0.7rem), rgb(0 0 0 / var(--more, 1)));}
.st-key-claim [data-testid=stMarkdown] p {font-size: 0.86rem; line-height: 1.15rem; margin: 0;}
.st-key-walk {flex-wrap: nowrap !important; overflow-x: auto; scrollbar-width: none;}
.st-key-walk > * {flex: none;}
[role=status] {height: 6.33rem;}}
@media (min-width: 68.75em) {.st-key-claim {flex-wrap: nowrap !important;}
.st-key-claim > [data-testid=stElementContainer]:has([data-testid=stMarkdown]) {flex: 1 1 auto;}}
</style>"""

# On paper there are no controls; what is open stays open, and pictures keep their theme.
PRINT_STYLE = """<style>
@media print {
.stApp, .stApp * {print-color-adjust: exact; -webkit-print-color-adjust: exact;}
.stApp, [data-testid=stAppViewContainer], [data-testid=stMain] {position: static !important;
height: auto !important; overflow: visible !important; display: block !important;}
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stToolbar], .stButton, .stDownloadButton,
[data-testid=stButtonGroup], [data-testid=stSelectbox], [data-testid=stCheckbox],
[data-testid=stFileUploader], [data-testid=stElementToolbar], [data-testid=stTextInput],
.st-key-play, .st-key-where, .st-key-walk, .stMainBlockContainer h1 + p {display: none !important;}
.stMainBlockContainer h1 {position: static !important;}
.stMainBlockContainer {max-width: none; padding: 0 !important;}
[role=status] {height: auto !important; overflow: visible !important;}
[data-testid=stVegaLiteChart], table, [data-testid=stExpander] summary {break-inside: avoid;}}
</style>"""

# A picture alone: nothing around it, and letters that grow with the window, as on a projector.
SLIDE_STYLE = """<style>
[data-testid=stHeader] {display: none;}
.stMainBlockContainer {padding: 4px 8px 1.6rem;}
.stMainBlockContainer [data-testid=stVerticalBlock] {gap: 4px;}
[data-testid=stVegaLiteChart] {margin: 0 auto;}
.stMainBlockContainer h2 {font-size: clamp(1.15rem, 2.1vw, 2.4rem); line-height: 1.25;}
[role=status] p {font-size: clamp(0.875rem, 1.2vw, 1.4rem);}
a.view {position: fixed; right: 0; bottom: 0; z-index: 100; padding: 0.2rem 0.6rem; font-size: 0.8rem;
color: inherit !important; background: var(--st-background-color, Canvas); border-radius: 0.5rem 0 0;}
@media (pointer: coarse) {a.view {padding: 0.8rem;}}
</style>"""
