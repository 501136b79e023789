import { readFileSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { fillIn } from '../../../src/base/fillIn';
import { speakWith } from '../../../src/vscode/say';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;

/**
 * For the tests of one file: what a person reads is German. Gives what was said so far in a test without having a translation;
 * `frame` is what texts may consist of that nothing translates, as they are all data: lists and the like.
 */
export function inGerman(frame: RegExp): () => readonly string[] {
	let unsaid: string[] = [];
	beforeEach(() => {
		unsaid = [];
		speakWith((text, ...args) => {
			if (bundle[text] === undefined && text.replaceAll(frame, '') !== '') {
				unsaid.push(text);
			}
			// As VS Code fills in: a brace that is no placeholder must not take one with it.
			return (bundle[text] ?? text).replaceAll(/\{([^}]+)\}/g, (whole, name) =>
				String(args[Number(name)] ?? whole),
			);
		});
	});
	afterEach(() => {
		speakWith(fillIn);
	});
	return () => unsaid;
}
