import assert from 'node:assert/strict';

/**
 * Asserts that a text is quoted evidence: one envelope that names its source, whose marker the content cannot know, every line
 * of it prefixed.
 */
export function assertEnvelope(text, { server, tool }, contained) {
	const lines = text.split('\n');
	assert.equal(
		lines[0],
		`[MCP Firewall: text from server "${server}" tool "${tool}" that looks like instructions.`,
		text,
	);
	const open = lines.findIndex(line => line.startsWith('[quoted text '));
	const marker = /^\[quoted text ([0-9a-f]{32})\]$/.exec(lines[open])?.[1];
	assert.ok(marker, text);
	assert.equal(lines.at(-1), `[end of quoted text ${marker}]`);
	const quoted = lines.slice(open + 1, -1);
	assert.ok(
		quoted.every(line => line.startsWith('>')),
		text,
	);
	for (const part of contained) assert.ok(quoted.join('\n').includes(part), text);
}
