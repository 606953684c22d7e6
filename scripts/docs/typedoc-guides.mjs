// For typedoc: a guide is called by its heading, as it is on GitHub, and not by the name of its file. Icons come from the
// page itself, where assets/icons.js puts them: a page that was opened as a file may load none from another. And the link
// of typedoc.json to the page one folder up leads there from every depth.
import { Converter, PageEvent } from 'typedoc'

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const heading = /^# (.+)$/m.exec(document.content[0]?.text ?? '')
    if (heading !== null) document.name = heading[1]
  })
  app.renderer.on(PageEvent.END, (page) => {
    const up = '../'.repeat(page.url.split('/').length)
    page.contents = page.contents?.replaceAll(/(<use href=")[^"#]*(#icon-)/g, '$1$2')
      .replaceAll(/<a href="\.\.\/index\.html"([^>]*>Byte by byte)/g, `<a href="${up}index.html"$1`)
  })
}
