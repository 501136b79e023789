import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeCore } from '../../../src/compose';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { REVOKED_BY_PERSON } from '../../../src/domain/registry/changeStatus';
import { whyStopped } from '../../../src/firewall/standing';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { AT_ONCE } from '../../../src/proxy/upstream/upstream';
import { RegistryFile } from '../../../src/storage/registryFile';
import { StopFile } from '../../../src/storage/stopFile';
import { systemClock, systemHost, systemIds } from '../../../src/storage/system';
import { EmergencyStop } from '../../../src/vscode/emergencyStop';
import { followStandings } from '../../../src/vscode/followStandings';

// What an extension host runs of the product, without the editor: commands come and facts go over the channel of `fork`.

/** What the parent says. */
export type HostCommand =
	| { readonly do: 'stop' | 'resume' | 'close' }
	| { readonly do: 'revoke' | 'suspend'; readonly id: string; readonly reason: string };

/** What a host tells. */
export type HostFact =
	| { readonly kind: 'ready'; readonly stopped: boolean; readonly addresses: Readonly<Record<string, Address>> }
	| { readonly kind: 'line'; readonly id: string; readonly line: string }
	| { readonly kind: 'stopped'; readonly on: boolean }
	| { readonly kind: 'changed' }
	| { readonly kind: 'done' };

interface Address {
	readonly uri: string;
	readonly headers: Readonly<Record<string, string>>;
}

const tell = (fact: HostFact) => process.send?.(fact);

async function main(dataDirectory: string): Promise<void> {
	const logger = silentLogger;
	const registry = await RegistryFile.open(join(dataDirectory, 'registry'), logger);
	let remembered = false;
	const stop = new EmergencyStop({
		memory: {
			get: () => remembered,
			set: stopped => {
				remembered = stopped;
				return Promise.resolve();
			},
		},
		...{ file: new StopFile(dataDirectory, systemClock), ids: systemIds, logger },
	});
	const policy = parsePolicy('allow:\n  - capability: compute.run\n', '/policy.yaml');
	const core = await composeCore({
		...{ dataDirectory, logger, registry, stop, notify: () => undefined, approvalTimeoutMs: () => 60_000 },
		policy: { current: () => policy },
		host: () => systemHost([]),
		protectedFiles: () => [],
	});
	const endpoint = await Endpoint.open({
		...{ at: { directory: tmpdir() }, sessionPaths: core.firewall, clock: systemClock, ids: systemIds, logger },
		servers: id => {
			const entry = registry.find(id);
			if (entry?.launch.kind !== 'stdio') {
				return undefined;
			}
			const { launch, name, shared } = entry;
			const server = { id, name, reviewRequired: true, roots: [] };
			return {
				...{ server, shared: shared === true },
				approver: {
					ask: ({ id: requestId, digest }) => Promise.resolve({ requestId, digest, outcome: 'denied' }),
				},
				launch: () => {
					const why = whyStopped(core.ports, server);
					return why === undefined
						? Promise.resolve({ command: launch.command, args: launch.args, env: {} })
						: Promise.reject(new Error(`reason=${why}`));
				},
			};
		},
		onStderr: (id, line) => tell({ kind: 'line', id, line }),
	});
	stop.onDidStop(() => void endpoint.stopAll());
	stop.onDidChange(on => tell({ kind: 'stopped', on }));
	followStandings(registry, endpoint, { belongsHere: () => true, onDidMove: new Emitter<void>().event });
	registry.onDidChange(() => tell({ kind: 'changed' }));
	const run = async (command: HostCommand) => {
		switch (command.do) {
			case 'stop':
				await stop.stop();
				return;
			case 'resume':
				await stop.resume();
				return;
			case 'revoke':
			case 'suspend': {
				const status = command.do === 'revoke' ? 'revoked' : 'suspended';
				await registry.setStatus(command.id, status, command.reason || REVOKED_BY_PERSON);
				return;
			}
			case 'close':
				await endpoint.close(AT_ONCE);
				await core.close();
				process.exit(0);
		}
	};
	process.on('message', (command: HostCommand) => {
		void run(command).then(() => tell({ kind: 'done' }));
	});
	process.on('disconnect', () => process.exit(0));
	const addresses = Object.fromEntries(registry.all().map(({ id }) => [id, endpoint.uriFor(id)]));
	tell({ kind: 'ready', stopped: stop.stopped, addresses });
}

void main(process.argv[2] ?? '');
