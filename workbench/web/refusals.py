"""The two pages that somebody who may not come in reads."""

from string import Template

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title · Loupe</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center;
         background: light-dark(#fafafa, #171717); color: light-dark(#1a1a1a, #ededed);
         font: 14px/1.55 Inter, system-ui, sans-serif; }
  main { max-width: 34rem; padding: 2rem 1.5rem; }
  p.brand { margin: 0 0 2rem; font-weight: 600; letter-spacing: .01em; }
  h1 { margin: 0 0 .75rem; font-size: 20px; line-height: 1.3; font-weight: 600; }
  h2 { margin: 1.75rem 0 .5rem; font-size: 14px; font-weight: 600; }
  p, ul { margin: 0 0 .75rem; }
  ul { padding-left: 1.1rem; }
  li { margin-bottom: .35rem; }
  code { font: 13px/1.4 "Geist Mono", ui-monospace, monospace; padding: 1px 4px; border-radius: 4px;
         background: light-dark(#ededed, #2b2b2b); overflow-wrap: anywhere; }
  a { color: light-dark(#3346d3, #a3b1ff); }
</style>
<main><p class="brand">Loupe</p>$body</main>
</html>
""")

HOSTED = _PAGE.substitute(
    title="Not open here yet",
    body="""<h1>Loupe isn't open here yet</h1>
<p>This looks like a public server, because <code>PORT</code> or <code>DYNO</code> is set. Without login, everybody with
this address could change and approve brand images, so nobody is let in. Nothing is lost.</p>
<h2>What a public deployment needs</h2>
<ul>
<li><strong>A database:</strong> set <code>DATABASE_URL</code> to a PostgreSQL server.</li>
<li><strong>Login</strong> and <strong>a shared picture store:</strong> both come with a later release. Until then there
is no setting that opens this page.</li>
</ul>
<h2>To use Loupe on your own machine</h2>
<p>Unset <code>PORT</code> and <code>DYNO</code>, then start it with <code>make run</code>.</p>""",
)


def elsewhere(port: int | None) -> str:
    """The page for a visitor from another machine, or under another name; `port` is where this machine serves."""
    address = f"http://127.0.0.1:{port}" if port else "http://127.0.0.1"
    return _PAGE.substitute(
        title="Only on its own machine",
        body=f"""<h1>Loupe answers only on the machine it runs on</h1>
<p>There is no login yet, so it can't tell who is asking from elsewhere, or under another name.
Nothing was opened and nothing changed.</p>
<p>On that machine, open <a href="{address}">{address}</a>.</p>""",
    )
