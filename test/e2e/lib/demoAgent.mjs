import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './wait.mjs';

/** The suite's hand inside the extension host: asks the demo agent to do things there, by files in one folder. */
export class DemoAgent {
	#folder;
	#count = 0;

	/** @param {string} folder given to the editor as DEMO_AGENT_DIR */
	constructor(folder) {
		mkdirSync(folder, { recursive: true });
		this.#folder = folder;
	}

	/** Resolves when the agent runs in the extension host. */
	async ready(timeoutMs = 180_000) {
		await until('the demo agent', () => existsSync(path.join(this.#folder, 'ready')), timeoutMs);
	}

	/** The process id of the extension host that the agent ran in last. */
	get host() {
		return Number(readFileSync(path.join(this.#folder, 'ready'), 'utf8'));
	}

	/** Waits until the agent runs in another extension host than `before`, which has ended. */
	async movedFrom(before) {
		await until('the extension host to end', () => !isAlive(before));
		await until(
			'the demo agent in the next one',
			() => this.host !== before && this.host > 0 && isAlive(this.host),
		);
	}

	/**
	 * One operation of demo-agent/requests.js. Throws what the operation threw.
	 *
	 * @param {string} operation
	 * @param {readonly unknown[]} [args] JSON
	 * @param {number} [timeoutMs]
	 */
	request(operation, args = [], timeoutMs = 120_000) {
		const answer = this.#answerTo(operation, args, timeoutMs);
		// Some are awaited later than they may fail, and a failure that nobody awaits yet would end the suite.
		answer.catch(() => undefined);
		return answer;
	}

	/** Starts a guarded server by its label and waits for its tools; `*` starts every server. */
	startServer(label) {
		return this.request('startServer', [label]);
	}

	/** Names of the MCP tools that the editor offers to agents now. */
	async toolNames() {
		const tools = await this.request('tools');
		return tools.map(tool => tool.name).filter(name => name.startsWith('mcp_'));
	}

	/** Calls a tool by name or name's end, outside a chat: the editor asks for confirmation by modal. */
	invoke(tool, input, timeoutMs) {
		return this.request('invoke', [tool, input], timeoutMs);
	}

	/** The text of {@link invoke}'s answer, or what the call was refused with. */
	words(tool, input) {
		return this.invoke(tool, input).then(
			({ text }) => text,
			error => error.message,
		);
	}

	/**
	 * What comes of a call, like {@link words}. Half a second after a definition changed the editor ends its server, and a call that
	 * is under way with it: that one is made once more, so none that asks somebody.
	 */
	async outcome(tool, input) {
		const text = await this.words(tool, input);
		if (!isCutOff(text)) return text;
		console.log(`    the editor cut off a call of ${tool}`);
		return this.words(tool, input);
	}

	/** Runs a command with JSON arguments in the extension host. */
	command(id, ...args) {
		return this.request('command', [id, ...args]);
	}

	/** How many lines `@demo` was given so far, and how many of them it has dealt with: `{ given, done }`. */
	lines() {
		return this.request('lines');
	}

	/** What `@demo` printed last, exactly: `{ title, text }`, or null. */
	lastReply() {
		return this.request('lastReply');
	}

	async #answerTo(operation, args, timeoutMs) {
		const base = path.join(this.#folder, String(++this.#count));
		writeFileSync(`${base}.part`, JSON.stringify({ operation, args }));
		renameSync(`${base}.part`, `${base}.request.json`);
		const file = `${base}.response.json`;
		await until(`the demo agent's answer to ${operation}`, () => existsSync(file), timeoutMs);
		const { result, error } = JSON.parse(readFileSync(file, 'utf8'));
		rmSync(file);
		if (error !== undefined) throw new Error(error);
		return result;
	}
}

/** What a call gives that did not reach its server, or whose tool is not even offered any more. */
export const refused = /AgentActionBlocked|No such tool/;

/** Whether the editor says of a call that its server ended under it. */
export const isCutOff = text => /^Cancell?ed/.test(text);

function isAlive(pid) {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
