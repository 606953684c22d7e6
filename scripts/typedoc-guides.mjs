// For typedoc: a guide is called by its heading, as it is on GitHub, and not by the name of its file. The site shows the
// name as the heading.
import { Converter } from 'typedoc'

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [first] = document.content
    const heading = /^# (.+)\n/m.exec(first?.text ?? '')
    if (heading === null) return
    document.name = heading[1]
    first.text = first.text.replace(heading[0], '')
  })
}
