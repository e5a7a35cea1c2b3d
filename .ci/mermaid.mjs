// Parses every Mermaid diagram of the Markdown files it is given.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

let diagrams = 0, failures = 0;
for (const file of process.argv.slice(2)) {
	for (const [, text] of readFileSync(file, "utf8").matchAll(/^```mermaid\n(.*?)^```/gms)) {
		diagrams++;
		try {
			await mermaid.parse(text);
		} catch (error) {
			failures++;
			console.error(`${file}:\n${text}\n${error.message}\n`);
		}
	}
}
console.log(`${diagrams} diagrams, ${failures} that do not parse`);
process.exit(failures > 0 || diagrams === 0 ? 1 : 0);
