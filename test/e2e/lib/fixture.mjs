import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/lib/install.mjs';
import { processesNaming } from '../../../scripts/lib/process.mjs';
import { Product } from './product.mjs';
import { Review } from './review.mjs';
import { until } from './wait.mjs';

const rugPull = path.join(root, 'test/fixtures/servers/rugPull.mjs');

/** A tool of a guarded server, as an agent of a window calls it. */
export class CalledTool {
	constructor(name, tool, input = {}) {
		this.name = name;
		this.tool = tool;
		this.input = input;
	}

	/** Starts the server in the window and gives the answer of one call, or what it was refused with. */
	async call({ agent }) {
		await this.offered({ agent });
		return this.tryCall({ agent });
	}

	/** Like {@link call}, but starts nothing. */
	tryCall({ agent }) {
		return agent.outcome(this.tool, this.input);
	}

	/** Like {@link call}; resolves once the call is at the server. `answer` is that of the call. */
	async begin({ agent }) {
		await this.offered({ agent });
		const before = this.calls().length;
		const answer = agent.words(this.tool, this.input);
		await until('the call at the server', () => this.calls().length > before);
		return { answer };
	}

	/**
	 * Waits until the window's agents are offered the tool. The editor learns of a server some time after it is guarded and
	 * starts nothing until then; of the tools of a server that runs it tells extensions up to 750 ms late.
	 */
	offered({ agent }) {
		return until(`${this.tool} to be offered`, async () => {
			const offered = async () => (await agent.toolNames()).some(name => name.endsWith(`_${this.tool}`));
			if (await offered()) return true;
			await agent.startServer(this.name).catch(() => undefined);
			return offered();
		});
	}
}

/** A server with one harmless tool, whose face is a file: see fixtures/servers/rugPull.mjs. */
export class Fixture extends CalledTool {
	constructor(editor, name, tool) {
		super(name, tool);
		this.state = path.join(editor.folder, `${name}.json`);
		this.write();
		editor.fixtures = { ...editor.fixtures, [name]: this };
	}

	get definition() {
		return { type: 'stdio', command: 'node', args: [rugPull, this.state, 'watch'] };
	}

	/** Says something else of its tool from now on, which afterwards goes for the server's later faces, too. */
	write(tool = {}, face = {}) {
		this.face = { ...this.face, ...tool };
		const annotations = { readOnlyHint: true, openWorldHint: false };
		const plain = { name: this.tool, description: 'Reads it.', inputSchema: { type: 'object' }, annotations };
		// As a whole: the server reads it at any moment, and ends where it is half a text.
		writeFileSync(
			`${this.state}.part`,
			JSON.stringify({
				serverInfo: { name: this.name, version: '1.0.0' },
				capabilities: { tools: { listChanged: true } },
				tools: [{ ...plain, ...this.face }],
				...face,
			}),
		);
		renameSync(`${this.state}.part`, this.state);
	}

	/** What reached it. */
	calls() {
		return this.#noted().filter(line => line !== 'announced');
	}

	/** How often it said that its tools have changed. */
	announcements() {
		return this.#noted().length - this.calls().length;
	}

	processes() {
		return processesNaming('rugPull.mjs', this.state);
	}

	#noted() {
		const file = `${this.state}.calls`;
		return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
	}
}

/** From the question whether it may be started to the approval of its one tool. */
export async function admit({ workbench }, { name, tool }) {
	await workbench.modal(`Server “${name}”`);
	await workbench.clickModal('Start');
	const review = await Review.of(workbench, name);
	await review.setCapability(tool, 'compute.run');
	await review.tickAll();
	await review.approve();
}

/** Makes these the servers of the workspace's own file. */
export function defineHere(editor, servers) {
	writeFileSync(new Product(editor).mcpJson, JSON.stringify({ servers }, undefined, '\t'));
}
