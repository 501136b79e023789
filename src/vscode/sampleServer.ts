import { insertServer, type Insertion } from '../domain/registry/insertServer';

/** The file server of the Model Context Protocol project, in the version that was tried. */
export const SAMPLE_PACKAGE = '@modelcontextprotocol/server-filesystem@2026.8.31';

const NAME = 'sample-files';

/** What is written, as the text of a property: it may reach the folder that is open and nothing else. */
export const SAMPLE_PROPERTY = `"${NAME}": {
	"type": "stdio",
	"command": "npx",
	"args": ["-y", "${SAMPLE_PACKAGE}", "\${workspaceFolder}"]
}`;

/** The text of an `mcp.json` with the sample in it; comments and all else stay as they are. */
export function withSample(text: string): Insertion {
	return insertServer(text, NAME, SAMPLE_PROPERTY.replaceAll('\n', '\n\t\t'));
}
