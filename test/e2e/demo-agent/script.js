'use strict';
const path = require('node:path');
const vscode = require('vscode');

const help = `I follow these lines:

- \`read the readme\`
- \`write a note\`
- \`read /etc/passwd\`
- \`read the link\`
- \`fetch the poisoned page\` · \`fetch the clean page\`
- \`list tools\`
- \`call <tool> <JSON arguments>\`
- \`call <n>x <tool> <JSON arguments>\`: so many at once, each with its number for \`{{n}}\`
- \`call <tool>,<tool> <JSON arguments>\`: one after the other`;

/** What a line typed to @demo asks for: one tool call, the list of tools, or help. */
exports.script = prompt => {
	const line = prompt.trim();
	const here = name => path.join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', name);
	const call = (tool, input) => ({ kind: 'call', tool, input });
	const many = /^call\s+(\d+)x\s+(\S+)\s*([^]*)$/i.exec(line);
	if (many) {
		const inputs = Array.from({ length: Number(many[1]) }, (_, n) => many[3].replaceAll('{{n}}', String(n)));
		return { kind: 'calls', tool: many[2], inputs: inputs.map(input => JSON.parse(input)) };
	}
	const free = /^call\s+(\S+)\s*([^]*)$/i.exec(line);
	if (free) {
		try {
			const tools = free[1].split(',');
			const input = JSON.parse(free[2] || '{}');
			return tools.length > 1 ? { kind: 'row', tools, input } : call(tools[0], input);
		} catch {
			return { kind: 'help', text: 'The arguments are not JSON.' };
		}
	}
	if (/^list tools$/i.test(line)) return { kind: 'list' };
	if (/^fetch the poisoned page$/i.test(line)) return call('fetch_page', { url: 'https://news.example.invalid/' });
	if (/^fetch the clean page$/i.test(line)) return call('fetch_harmless', { url: 'https://news.example.invalid/' });
	if (/^write a note$/i.test(line)) {
		return call('write_file', {
			path: here('notes/from-the-agent.md'),
			content: '# A note\n\nWritten by @demo.\n',
		});
	}
	if (/^read the readme$/i.test(line)) return call('read_text_file', { path: here('README.md') });
	if (/^read the link$/i.test(line)) return call('read_text_file', { path: here('link-to-passwd') });
	const file = /^read (\S+)$/i.exec(line);
	if (file) return call('read_text_file', { path: path.resolve(here('.'), file[1]) });
	return { kind: 'help', text: help };
};
