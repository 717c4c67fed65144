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
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript; the API's description is at <a href="/swagger/json">/swagger/json</a>.</noscript>
    <script src="/swagger/swagger-ui-bundle.js"></script>
    <script src="/swagger/start.js"></script>
  </body>
</html>
`;

// validatorUrl: by default the page would show a badge from a server on the internet.
const START = `SwaggerUIBundle({
  url: '/swagger/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const CACHEABLE = { 'cache-control': 'public, max-age=3600' };

/** The API's page; everything it loads comes from here. */
export function swaggerPage() {
  const hidden = { detail: { hide: true } };
  const file = (path: string, type: string) => () =>
    new Response(Bun.file(path), { headers: { ...CACHEABLE, 'content-type': type } });
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
    .get(
      '/swagger/start.js',
      () =>
        new Response(START, { headers: { ...CACHEABLE, 'content-type': 'text/javascript; charset=utf-8' } }),
      hidden,
    )
    .get('/swagger/swagger-ui-bundle.js', file(scriptPath, 'text/javascript; charset=utf-8'), hidden)
    .get('/swagger/swagger-ui.css', file(stylesPath, 'text/css; charset=utf-8'), hidden)
    .get('/swagger/icon.png', file(iconPath, 'image/png'), hidden);
}
