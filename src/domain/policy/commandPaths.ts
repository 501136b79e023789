import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type HostFacts } from './facts';
import { kindOfKey } from './pathKeys';

const MAX_COMMAND = 32_768;
const MAX_WORDS = 256;
const MAX_BASES = 16;
/** Programs that change nothing, whatever they are told; a redirection still writes. */
const READERS = new Set(
	'cat less more head tail wc ls dir stat file grep rg egrep fgrep diff cmp jq type which echo printf pwd cd test true'.split(
		' ',
	),
);
const GIT_READERS = /^git\s+(?:-\S+\s+)*(?:status|log|diff|show|blame|ls-files|grep)\b/;

/**
 * Places that a command line may write to by a relative word: its words below the workspace's folders and below what it
 * changes into (`cd`). Commands made of known readers without a redirection write nothing. What quoting, variables and
 * programs of their own hide is not seen. Bounded; arguments are attacker-controlled.
 */
export function commandPaths(args: JsonObject, host: HostFacts): readonly string[] {
	const text = commandsIn(args).join('\n').slice(0, MAX_COMMAND);
	if (text === '' || onlyReads(text)) {
		return [];
	}
	const words = text
		.replaceAll('\\', '/')
		.split(/[\s"'`;|&<>(),=]+/, MAX_WORDS)
		.filter(word => word !== '' && !word.startsWith('-') && !/^(?:[/~$%]|[a-z]+:)/i.test(word));
	const entered = [...text.matchAll(/\b(?:cd|pushd)\s+([^\s;&|"']+)/g)].map(([, folder = '']) => folder);
	const folders = host.workspaceFolders.length > 0 ? host.workspaceFolders : ['/workspace'];
	const bases = folders.flatMap(folder => [folder, ...entered.map(inner => `${folder}/${inner}`)]);
	const forms = bases.slice(0, MAX_BASES).flatMap(base => [...new Set(words)].map(word => plain(`${base}/${word}`)));
	return [...new Set(forms)];
}

function onlyReads(text: string): boolean {
	return (
		!/>|`|\$\(/.test(text) &&
		text.split(/[;&|\n]+/).every(part => {
			const command = part.trim();
			return command === '' || READERS.has(command.split(/\s/, 1)[0] ?? '') || GIT_READERS.test(command);
		})
	);
}

/** Texts under keys that name a command. A list of words is one command. */
function commandsIn(args: JsonObject): readonly string[] {
	const found: string[] = [];
	const collect = (value: JsonValue | undefined, command: boolean, depth: number) => {
		if (depth > 8) {
			return;
		}
		if (typeof value === 'string' && command) {
			found.push(value);
		} else if (isJsonArray(value)) {
			if (command && value.every(item => typeof item === 'string')) {
				found.push(value.join(' '));
			} else {
				value.forEach(item => {
					collect(item, command, depth + 1);
				});
			}
		} else if (isJsonObject(value)) {
			for (const [key, item] of Object.entries(value)) {
				collect(item, command || kindOfKey(key).command || /^args?$/i.test(key), depth + 1);
			}
		}
	};
	collect(args, false, 0);
	return found;
}

function plain(path: string): string {
	const segments: string[] = [];
	for (const segment of path.split('/')) {
		if (segment === '..') {
			segments.pop();
		} else if (segment !== '' && segment !== '.') {
			segments.push(segment);
		}
	}
	return /^[A-Za-z]:/.test(segments[0] ?? '') ? segments.join('/') : `/${segments.join('/')}`;
}
