import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { FixtureError, type FixtureText, parseFixture } from '../domain/policy/policyFixture';
import { READ_AT_ONCE } from '../storage/system';
import { fixtureOutcomes } from './fixtureCases';
import { FIXTURE_GLOB } from './policyDocument';
import { type JudgedCase } from './ruleTests';

/** More fixtures than this are not looked at. */
const MAX_FIXTURES = 200;

/** A larger fixture is not read. */
const MAX_FIXTURE_BYTES = 1024 * 1024;

/** More cases than this are not judged for one policy. */
const MAX_CASES = 2000;

/** Folders in which nobody keeps fixtures, and where a search would take long. */
const EXCLUDED = '**/{node_modules,.git,dist,out}/**';

interface Remembered {
	/** Size and time of the last change. */
	readonly stamp: string;
	/** Undefined where the file is no fixture. */
	readonly fixture: FixtureText | undefined;
}

/** The fixtures of this window, read when a policy asks for them, and again when they change. */
export class FixtureRuns {
	private readonly read = new Map<string, Remembered>();

	/** The fixtures that name this policy file, in the open folders and beside it. */
	async fixturesOf(policyFile: string): Promise<readonly { readonly file: string; readonly fixture: FixtureText }[]> {
		const beside = new vscode.RelativePattern(vscode.Uri.file(dirname(policyFile)), FIXTURE_GLOB);
		const found = await Promise.all([
			vscode.workspace.findFiles(beside, null, MAX_FIXTURES),
			vscode.workspace.findFiles(`**/${FIXTURE_GLOB}`, EXCLUDED, MAX_FIXTURES),
		]);
		const files = [...new Set(found.flat().map(uri => uri.fsPath))].slice(0, MAX_FIXTURES);
		const fixtures = [];
		for (const file of files) {
			const fixture = await this.fixture(file);
			if (fixture?.policy.kind === 'file' && resolve(dirname(file), fixture.policy.path) === policyFile) {
				fixtures.push({ file, fixture });
			}
		}
		for (const file of this.read.keys()) {
			if (this.read.size > MAX_FIXTURES) {
				this.read.delete(file);
			}
		}
		return fixtures;
	}

	/** Judges the cases of a policy as its text stands in the editor. Undefined where that has an error. */
	async judge(policyFile: string, text: string, signal: AbortSignal): Promise<readonly JudgedCase[] | undefined> {
		const load = parsePolicy(text, policyFile);
		if (load.policy === undefined) {
			return undefined;
		}
		const judged: JudgedCase[] = [];
		for (const { file, fixture } of await this.fixturesOf(policyFile)) {
			const outcomes = await fixtureOutcomes(load, { file, fixture }, MAX_CASES - judged.length, signal);
			for (const [index, outcome] of outcomes.entries()) {
				const test = fixture.cases[index];
				if (test !== undefined) {
					judged.push({ file, test, outcome });
				}
			}
		}
		return judged;
	}

	private async fixture(file: string): Promise<FixtureText | undefined> {
		try {
			// A hostile workspace can put a pipe or a device there: neither is waited for.
			const handle = await open(file, READ_AT_ONCE);
			try {
				const facts = await handle.stat();
				const stamp = `${String(facts.size)} ${String(facts.mtimeMs)}`;
				const known = this.read.get(file);
				if (known?.stamp === stamp) {
					return known.fixture;
				}
				const usable = facts.isFile() && facts.size <= MAX_FIXTURE_BYTES;
				const fixture = usable ? parsed(await handle.readFile('utf8'), file) : undefined;
				this.read.set(file, { stamp, fixture });
				return fixture;
			} finally {
				await handle.close();
			}
		} catch {
			return undefined;
		}
	}
}

function parsed(text: string, file: string): FixtureText | undefined {
	try {
		return parseFixture(text, file);
	} catch (error) {
		if (error instanceof FixtureError) {
			return undefined;
		}
		throw error;
	}
}
