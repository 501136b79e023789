import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { sha256Hex } from '../base/digest';
import { importEvents } from '../domain/registry/importEvents';
import { fingerprintOf, type Publisher } from '../domain/registry/registryBundle';
import { type FirewallPorts } from '../firewall/ports';
import { PublisherFile, type PublisherStanding } from '../storage/publisherFile';
import { newPublisherKey, publisherKeyOf } from '../storage/publisherKey';
import { type RegistryFile } from '../storage/registryFile';
import { exportRegistry, importRegistry } from '../storage/registryTransfer';
import { noteEvent } from '../firewall/noteEvent';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** What giving out and taking in a registry needs. */
export interface ExchangeDeps {
	readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store'>;
	readonly registry: RegistryFile;
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	readonly reviewer: string;
}

const KEY = 'publisher-key';
const FILTERS = () => ({ [say('Signed registry')]: ['json'] });

/** "Export Registry…": the registry as a file, signed with a key that is made on the first export and never leaves the editor. */
export async function exportToFile({ secrets, registry, ports, reviewer }: ExchangeDeps): Promise<void> {
	const target = await vscode.window.showSaveDialog({ title: say('Export the Signed Registry'), filters: FILTERS() });
	if (target === undefined) {
		return;
	}
	const pem = (await secrets.get(KEY)) ?? newPublisherKey();
	await secrets.store(KEY, pem);
	const entries = registry.all();
	const name = `${reviewer}@${hostname()}`;
	const text = exportRegistry(entries, { pem, name, now: ports.clock.now() });
	await vscode.workspace.fs.writeFile(target, Buffer.from(text));
	const print = fingerprintOf(publisherKeyOf(pem));
	noteEvent(ports, 'registry-exported', {
		...{ actor: 'person', after: sha256Hex(text) },
		detail: `${String(entries.length)} servers, key ${print}, by ${reviewer}`,
	});
	const copy = say('Copy Fingerprint');
	const choice = await vscode.window.showInformationMessage(
		say(
			'MCP Firewall: {0} servers exported, signed with the key {1}. Tell it to whoever imports the file, by another way.',
			entries.length,
			print,
		),
		copy,
	);
	if (choice === copy) {
		await vscode.env.clipboard.writeText(print);
	}
}

/** "Import Registry…": takes in what somebody signed. All that is new waits for a review; nothing is approved by it. */
export async function importFromFile({ registry, ports, reviewer }: ExchangeDeps): Promise<void> {
	const [source] =
		(await vscode.window.showOpenDialog({ title: say('Import a Signed Registry'), filters: FILTERS() })) ?? [];
	if (source === undefined) {
		return;
	}
	const place = {
		...{ registry, publishers: new PublisherFile(dirname(registry.file)), now: () => ports.clock.now() },
	};
	const outcome = await importRegistry(source.fsPath, place, askAboutPublisher);
	if (outcome.kind === 'problem') {
		const why = quoteForPerson(problemText(outcome.problem), 400);
		void vscode.window.showErrorMessage(say('MCP Firewall: nothing was taken in: {0}.', why));
		return;
	}
	const { added, revoked, kept, clashes } = outcome.what;
	const counts = `${String(added.length)} added, ${String(revoked.length)} revoked, ${String(kept.length)} kept`;
	const print = fingerprintOf(outcome.publisher.key);
	noteEvent(ports, 'registry-imported', { actor: 'person', detail: `${counts}, key ${print}, by ${reviewer}` });
	for (const { event, ...facts } of importEvents(outcome.what, outcome.publisher)) {
		noteEvent(ports, event, facts);
	}
	const names = clashes.map(name => `“${quoteForPerson(name, 60)}”`).join(', ');
	void vscode.window.showInformationMessage(
		[
			say(
				'MCP Firewall: {0} added, {1} revoked, {2} kept. What was added runs once you have reviewed it.',
				added.length,
				revoked.length,
				kept.length,
			),
			...(clashes.length > 0 ? [say('Not taken in, because another server has the name: {0}.', names)] : []),
		].join(' '),
	);
}

/** Asks the person to compare the fingerprint. Escape takes nothing in. */
async function askAboutPublisher(
	{ name, key }: Publisher,
	standing: Exclude<PublisherStanding, 'known'>,
): Promise<boolean> {
	const trust = say('The Fingerprints Are the Same');
	const detail = [
		say('It calls itself “{0}”. Anybody can call themselves that.', quoteForPerson(name, 100)),
		'',
		say('Fingerprint of its key: {0}', fingerprintOf(key)),
		'',
		say('Compare it with what the publisher told you by another way. What it brings still waits for your review.'),
	].join('\n');
	const message =
		standing === 'expired'
			? say('Your trust in the publisher of this registry is more than a year old. Take it in?')
			: say('The publisher of this registry is not known here. Take it in?');
	return (await vscode.window.showWarningMessage(message, { modal: true, detail }, trust)) === trust;
}
