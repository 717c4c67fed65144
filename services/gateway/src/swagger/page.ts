import { Elysia } from 'elysia';
import iconPath from 'swagger-ui-dist/favicon-32x32.png' with { type: 'file' };
import stylesPath from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' };
import scriptPath from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' };
import { PAGE_SECURITY_POLICY } from '../http/security-headers.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Millrace API</title>
    <link rel="icon" href="/swagger/icon.png">
    <link rel="stylesheet" href="/swagger/swagger-ui.css">
    <link rel="stylesheet" href="/swagger/page.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript; the API's description is at <a href="/swagger/json">/swagger/json</a>.</noscript>
    <script src="/swagger/swagger-ui-bundle.js"></script>
    <script src="/swagger/start.js"></script>
  </body>
</html>
`;

/**
 * Hides the column for links, which the API does not use and phones have no room for; dark mode misses the
 * other two selectors.
 */
const STYLES = `.swagger-ui .response-col_links { display: none; }
html.dark-mode .swagger-ui .examples-select__section-label,
html.dark-mode .swagger-ui table.headers td { color: #e4e6e6; }
`;

// validatorUrl: by default the page would show a badge from a server on the internet.
const START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: '/swagger/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const CACHEABLE = { 'cache-control': 'public, max-age=3600' };
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** The Swagger page; everything it loads is served from here. */
export function swaggerPage() {
  const hidden = { detail: { hide: true } };
  const serve = (body: string | Bun.BunFile, type: string) => () =>
    new Response(body, { headers: { ...CACHEABLE, 'content-type': type } });
  return new Elysia()
    .get(
      '/swagger',
      () =>
        new Response(PAGE, {
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy': PAGE_SECURITY_POLICY,
          },
        }),
      hidden,
    )
    .get('/swagger/page.css', serve(STYLES, CSS), hidden)
    .get('/swagger/start.js', serve(START, JAVASCRIPT), hidden)
    .get('/swagger/swagger-ui-bundle.js', serve(Bun.file(scriptPath), JAVASCRIPT), hidden)
    .get('/swagger/swagger-ui.css', serve(Bun.file(stylesPath), CSS), hidden)
    .get('/swagger/icon.png', serve(Bun.file(iconPath), 'image/png'), hidden);
}
