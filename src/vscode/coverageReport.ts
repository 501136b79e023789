import * as vscode from 'vscode';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { strayTools } from '../domain/registry/strayTools';
import { type Coverage } from './coverage';
import { coverageDocument } from './coverageText';
import { type DetailDocuments } from './detailDocuments';
import { quoteForPerson } from './quote';
import { say } from './say';
import { type Steering } from './steering';

/** What the report is made from. */
export interface CoverageReport {
	readonly coverage: Coverage;
	readonly steering: Steering;
	readonly documents: DetailDocuments;
	readonly entries: () => readonly ServerEntry[];
}

/** "Show Coverage": every server, and what else steers agents, in a document that cannot be edited. */
export async function showCoverage({ coverage, steering, documents, entries }: CoverageReport): Promise<void> {
	const texts = steering.texts.map(
		({ kind, path, digest }) => `${kind}: ${quoteForPerson(path, 300)} (${digest.slice(0, 12)})`,
	);
	const stray = strayToolsHere(entries()).map(name => quoteForPerson(name, 120));
	const document = coverageDocument(coverage.inventory, [
		[say('Tools of MCP servers that no review knows'), stray],
		[say('What steers agents past any MCP server, by digest'), texts],
	]);
	const uri = documents.add('MCP coverage', document);
	await vscode.window.showTextDocument(uri, { preview: true });
}

/** Names of tools that no reviewed server has. */
export function strayToolsHere(entries: readonly ServerEntry[]): readonly string[] {
	return strayTools(
		vscode.lm.tools.map(({ name }) => name),
		entries,
	);
}
