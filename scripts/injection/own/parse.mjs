/**
 * Reads our own sentence files. One line is one wording; `% key=value` lines set what holds from there on:
 *
 *     % family=note-to-agent label=injection kind=tool_response lang=en take=2 split=test
 *     Text with a choice ⟨one|two⟩ and a pool ⟨@task⟩.   \n and \t stand for themselves' characters
 *     %% a remark
 *     %pool task            the lines up to the next `%` are items of the pool `task.<lang>`
 *     %carrier json         the lines up to the next `%` are carriers; ⟦⟧ marks where a sentence may be put
 */

/** A choice in a wording: `⟨a|b⟩` or `⟨@pool⟩`. */
export const CHOICE = /⟨([^⟩]*)⟩/g;

const DEFAULTS = { kind: 'tool_response', take: '2', split: '', embed: 'yes' };

/** Turns the written escapes `\n`, `\t`, `\\` into characters. */
function unescape(line) {
	return line.replace(/\\([nt\\])/g, (_, c) => (c === 'n' ? '\n' : c === 't' ? '\t' : '\\'));
}

/**
 * Parses one file into wordings, pool items and carriers. Throws with file and line on a wording without family, label
 * or language.
 */
export function parseOwn(file, source) {
	const found = { wordings: [], pools: new Map(), carriers: [] };
	let at = { ...DEFAULTS };
	let block = { what: 'wording' };
	source.split('\n').forEach((line, index) => {
		if (line.trim() === '' || line.startsWith('%%')) return;
		const special = /^%(pool|carrier) (\S+)$/.exec(line);
		if (special) {
			block = { what: special[1], name: special[2] };
		} else if (line.startsWith('% ')) {
			block = { what: 'wording' };
			for (const pair of line.slice(2).trim().split(/\s+/)) {
				const [key, value] = pair.split('=');
				if (key === 'family') at = { ...DEFAULTS, lang: at.lang };
				at[key] = value;
			}
		} else {
			const entry = { ...at, line: index + 1, file, text: unescape(line) };
			for (const key of ['lang', ...(block.what === 'wording' ? ['family', 'label'] : [])])
				if (!entry[key]) throw new Error(`${file}:${index + 1}: no ${key}`);
			if (block.what === 'pool') {
				const name = `${block.name}.${entry.lang}`;
				found.pools.set(name, [...(found.pools.get(name) ?? []), entry.text]);
			} else if (block.what === 'carrier') {
				found.carriers.push({ ...entry, escape: block.name });
			} else {
				found.wordings.push(entry);
			}
		}
	});
	return found;
}
