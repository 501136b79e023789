import fc from 'fast-check';

/** A server of a generated text. */
export interface TextServer {
	readonly name: string;
	readonly property: string;
	/** Offset of the property. */
	readonly at: number;
}

/** A generated mcp.json with its parts. */
export interface ServersText {
	readonly text: string;
	readonly servers: readonly TextServer[];
	/** Texts of all comments outside of the servers; each occurs once. */
	readonly comments: readonly string[];
}

/** Texts of mcp.json with comments, blanks and line ends everywhere, with and without a trailing comma. */
export const serversTexts: fc.Arbitrary<ServersText> = textsAt(['servers']);

/** The same with the servers in an object to which these keys lead, every object on the way with a neighbour. */
export function textsAt(path: readonly string[]): fc.Arbitrary<ServersText> {
	return fc
		.record({
			eol: fc.constantFrom('\n', '\r\n', '\r'),
			bom: fc.boolean(),
			trailing: fc.boolean(),
			names: fc.uniqueArray(fc.stringMatching(/^[a-z ,{}/*"\\]{1,6}$/), { minLength: 1, maxLength: 5 }),
			gaps: fc.array(fc.array(fc.constantFrom('b', 'n', 't', 'line', 'block'), { maxLength: 4 }), {
				minLength: 60,
				maxLength: 60,
			}),
			value: fc.constantFrom(
				'{}',
				'{ "command": "x" }',
				'{"args":["a,}//", /*,*/ 1,],}',
				'"/*"',
				'{\n\t\t// mine\n\t\t"a": 1\n\t}',
			),
		})
		.map(({ eol, bom, trailing, names, gaps, value }) => {
			const comments: string[] = [];
			let next = 0;
			const gap = () =>
				(gaps[next++] ?? [])
					.map(kind => {
						switch (kind) {
							case 'b':
								return ' ';
							case 't':
								return '\t';
							case 'n':
								return eol;
							case 'line':
							case 'block': {
								const mark = `c${comments.length},"}`;
								comments.push(mark);
								return kind === 'line' ? `//${mark}${eol}` : `/*${mark}*/`;
							}
						}
					})
					.join('');
			const servers: TextServer[] = [];
			let text = `${bom ? '\uFEFF' : ''}${gap()}`;
			for (const key of path) {
				text += `{${gap()}"inputs":[],${gap()}${JSON.stringify(key)}:${gap()}`;
			}
			text += '{';
			names.forEach((name, index) => {
				const property = `${JSON.stringify(name)}: ${value}`;
				text += gap();
				servers.push({ name, property, at: text.length });
				text += `${property}${gap()}${index < names.length - 1 || trailing ? `,${gap()}` : ''}`;
			});
			text += path.map(() => `${gap()}}`).join('');
			return { text: `${text}${gap()}}${gap()}`, servers, comments };
		});
}
