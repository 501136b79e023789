import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockedGateway, lockedHome, lockedKeys, lockedTrust, refuseUnlisted } from '../../../src/cli/lockedOptions';
import { NO_TRUST_SETTINGS } from '../../../src/domain/identity/trustSettings';
import { joinLocks } from '../../../src/domain/policy/organisationLocks';
import { type HomeRecord } from '../../../src/storage/discoveryRecord';
import { gatewayOptions, locksOf, policiesFolder } from './gatewayOptions';

describe('the gateway’s options under what an organisation locks', () => {
	it('without locks they are what the command line says', () => {
		const said = gatewayOptions({
			durability: 'synced',
			retention: { days: 3, megabytes: 0 },
			otlpEndpoint: 'http://127.0.0.1:1/',
		});
		expect(lockedGateway(said, joinLocks([]))).toMatchObject(said);
	});
	it('bounds are taken: nothing is kept for less, or written later, than the organisation says', () => {
		const under = lockedGateway(
			gatewayOptions({ durability: 'written', retention: { days: 3, megabytes: 10 } }),
			locksOf('audit.durability: synced', 'audit.retentionDays: 90', 'audit.retentionMegabytes: 0'),
		);
		expect(under).toMatchObject({ durability: 'synced', retention: { days: 90, megabytes: 0 } });
	});
	it('an address that is locked is used, and another one is refused with the line that locks it', () => {
		const endpoint = locksOf('audit.otlpEndpoint: https://otel.example/v1/traces');
		expect(lockedGateway(gatewayOptions(), endpoint).otlpEndpoint).toBe('https://otel.example/v1/traces');
		expect(() => lockedGateway(gatewayOptions({ otlpEndpoint: 'https://mine.example/' }), endpoint)).toThrow(
			/--otlp-endpoint: your organisation sets audit\.otlpEndpoint to https:\/\/otel\.example\/v1\/traces \(\/etc\/org\.yaml:2\)/,
		);
		expect(() =>
			lockedGateway(gatewayOptions({ otlpEndpoint: 'https://mine.example/' }), locksOf("audit.otlpEndpoint: ''")),
		).toThrow(/none/);
	});
	it('a decision service that is locked is asked, whether an option names one or not', () => {
		const service = locksOf(
			'decisionService.url: https://opa.example/v1/data/mcp/allow',
			'decisionService.kind: opa',
		);
		expect(lockedGateway(gatewayOptions(), service).decision).toEqual({
			url: 'https://opa.example/v1/data/mcp/allow',
			kind: 'opa',
		});
		const other = gatewayOptions({ decision: { url: 'https://mine.example/', kind: 'opa' } });
		expect(() => lockedGateway(other, service)).toThrow(/--decision-service/);
	});
	it.each([
		['preset: strict', 'balanced.yaml', /decides which policy counts/],
		['preset: strict', 'strict.yaml', undefined],
		['policyFile: false', 'observe.yaml', undefined],
		['policyFile: /etc/everybody.yaml', 'balanced.yaml', /\/etc\/everybody\.yaml/],
	])('%s with --policy %s', (line, file, problem) => {
		const run = () => lockedGateway(gatewayOptions({ policyFile: join(policiesFolder, file) }), locksOf(line));
		if (problem === undefined) {
			expect(run).not.toThrow();
		} else {
			expect(run).toThrow(problem);
		}
	});
	it('policyFile: false refuses a policy of one’s own', () => {
		expect(() =>
			lockedGateway(gatewayOptions({ policyFile: '/home/me/own.yaml' }), locksOf('policyFile: false')),
		).toThrow();
	});
	it('of break-glass keys those count that the organisation names', () => {
		const key = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x }) as const;
		const [a, b] = [key('bmDg3DsjkIrD39rlEBlqZgTdLC6Bt7gEmY5gZVJYqHo'), key('x')];
		expect(lockedKeys([a, b], locksOf('breakGlass.keys: []'))).toEqual([]);
		expect(lockedKeys([a, b], joinLocks([]))).toEqual([a, b]);
	});
	it('whom the organisation trusts stands in place of the file’s', () => {
		const own = { ...NO_TRUST_SETTINGS, acceptLevelZero: true, maxStaleness: 900 };
		const under = lockedTrust(own, locksOf('identity.acceptLevelZero: false', 'identity.maxStaleness: 60'));
		expect(under).toMatchObject({ acceptLevelZero: false, maxStaleness: 60, issuers: [] });
		expect(lockedTrust(own, locksOf('prompts: both'))).toBe(own);
	});
	it('a server on no list is refused before it starts', () => {
		const launch = { kind: 'stdio', command: 'npx', args: ['-y', 'evil'], env: [] } as const;
		expect(() => refuseUnlisted('evil', launch, locksOf('allowedServers: [{serverName: notes}]'))).toThrow(
			/not on your organisation’s list of allowed MCP servers \(\/etc\/org\.yaml:2\)/,
		);
		expect(() => refuseUnlisted('notes', launch, locksOf('allowedServers: [{serverName: notes}]'))).not.toThrow();
	});
});

describe('an editor’s settings without its window', () => {
	const home = { decision: { url: 'https://mine.example/', kind: 'pip', hasHeader: true } } as unknown as HomeRecord;
	it('another service than the editor’s is asked without the header that belongs to that one', () => {
		expect(lockedHome(home, joinLocks([])).decision).toEqual(home.decision);
		expect(lockedHome(home, locksOf('decisionService.url: https://opa.example/')).decision).toEqual({
			...{ url: 'https://opa.example/', kind: 'pip', hasHeader: false },
		});
		expect(lockedHome(home, locksOf("decisionService.url: ''")).decision).toBeUndefined();
	});
});
