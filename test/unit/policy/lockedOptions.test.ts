import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GatewayOptions } from '../../../src/cli/gatewayOptions';
import { lockedGateway, lockedHome, lockedKeys, lockedTrust, refuseUnlisted } from '../../../src/cli/lockedOptions';
import { NO_TRUST_SETTINGS } from '../../../src/domain/identity/trustSettings';
import { joinLocks } from '../../../src/domain/policy/organisationLocks';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type HomeRecord } from '../../../src/storage/discoveryRecord';

const folder = resolve(__dirname, '../../../policies');
const locks = (...lines: readonly string[]) =>
	joinLocks([parsePolicy(`settings:\n  ${lines.join('\n  ')}\n`, '/etc/org.yaml').policy?.settings ?? []]);
const options = (over: Partial<GatewayOptions> = {}): GatewayOptions => ({
	policyFile: join(folder, 'balanced.yaml'),
	layers: { workspacePolicies: [], trustedDigests: [] },
	compositionFile: join(folder, 'composition.yaml'),
	dataDirectory: '/tmp/x',
	upstream: { kind: 'stdio', command: ['x'], env: [] },
	...over,
});

describe('the gateway’s options under what an organisation locks', () => {
	it('without locks they are what the command line says', () => {
		const said = options({
			durability: 'synced',
			retention: { days: 3, megabytes: 0 },
			otlpEndpoint: 'http://127.0.0.1:1/',
		});
		expect(lockedGateway(said, joinLocks([]))).toMatchObject(said);
	});
	it('bounds are taken: nothing is kept for less, or written later, than the organisation says', () => {
		const under = lockedGateway(
			options({ durability: 'written', retention: { days: 3, megabytes: 10 } }),
			locks('audit.durability: synced', 'audit.retentionDays: 90', 'audit.retentionMegabytes: 0'),
		);
		expect(under).toMatchObject({ durability: 'synced', retention: { days: 90, megabytes: 0 } });
	});
	it('an address that is locked is used, and another one is refused with the line that locks it', () => {
		const endpoint = locks('audit.otlpEndpoint: https://otel.example/v1/traces');
		expect(lockedGateway(options(), endpoint).otlpEndpoint).toBe('https://otel.example/v1/traces');
		expect(() => lockedGateway(options({ otlpEndpoint: 'https://mine.example/' }), endpoint)).toThrow(
			/--otlp-endpoint: your organisation sets audit\.otlpEndpoint to https:\/\/otel\.example\/v1\/traces \(\/etc\/org\.yaml:2\)/,
		);
		expect(() =>
			lockedGateway(options({ otlpEndpoint: 'https://mine.example/' }), locks("audit.otlpEndpoint: ''")),
		).toThrow(/none/);
	});
	it('a decision service that is locked is asked, whether an option names one or not', () => {
		const service = locks(
			'decisionService.url: https://opa.example/v1/data/mcp/allow',
			'decisionService.kind: opa',
		);
		expect(lockedGateway(options(), service).decision).toEqual({
			url: 'https://opa.example/v1/data/mcp/allow',
			kind: 'opa',
		});
		const other = options({ decision: { url: 'https://mine.example/', kind: 'opa' } });
		expect(() => lockedGateway(other, service)).toThrow(/--decision-service/);
	});
	it.each([
		['preset: strict', 'balanced.yaml', /decides which policy counts/],
		['preset: strict', 'strict.yaml', undefined],
		['policyFile: false', 'observe.yaml', undefined],
		['policyFile: /etc/everybody.yaml', 'balanced.yaml', /\/etc\/everybody\.yaml/],
	])('%s with --policy %s', (line, file, problem) => {
		const run = () => lockedGateway(options({ policyFile: join(folder, file) }), locks(line));
		if (problem === undefined) {
			expect(run).not.toThrow();
		} else {
			expect(run).toThrow(problem);
		}
	});
	it('policyFile: false refuses a policy of one’s own', () => {
		expect(() => lockedGateway(options({ policyFile: '/home/me/own.yaml' }), locks('policyFile: false'))).toThrow();
	});
	it('of break-glass keys those count that the organisation names', () => {
		const key = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x }) as const;
		const [a, b] = [key('bmDg3DsjkIrD39rlEBlqZgTdLC6Bt7gEmY5gZVJYqHo'), key('x')];
		expect(lockedKeys([a, b], locks('breakGlass.keys: []'))).toEqual([]);
		expect(lockedKeys([a, b], joinLocks([]))).toEqual([a, b]);
	});
	it('whom the organisation trusts stands in place of the file’s', () => {
		const own = { ...NO_TRUST_SETTINGS, acceptLevelZero: true, maxStaleness: 900 };
		const under = lockedTrust(own, locks('identity.acceptLevelZero: false', 'identity.maxStaleness: 60'));
		expect(under).toMatchObject({ acceptLevelZero: false, maxStaleness: 60, issuers: [] });
		expect(lockedTrust(own, locks('prompts: both'))).toBe(own);
	});
	it('a server on no list is refused before it starts', () => {
		const launch = { kind: 'stdio', command: 'npx', args: ['-y', 'evil'], env: [] } as const;
		expect(() => refuseUnlisted('evil', launch, locks('allowedServers: [{serverName: notes}]'))).toThrow(
			/not on your organisation’s list of allowed MCP servers \(\/etc\/org\.yaml:2\)/,
		);
		expect(() => refuseUnlisted('notes', launch, locks('allowedServers: [{serverName: notes}]'))).not.toThrow();
	});
});

describe('an editor’s settings without its window', () => {
	const home = { decision: { url: 'https://mine.example/', kind: 'pip', hasHeader: true } } as unknown as HomeRecord;
	it('another service than the editor’s is asked without the header that belongs to that one', () => {
		expect(lockedHome(home, joinLocks([])).decision).toEqual(home.decision);
		expect(lockedHome(home, locks('decisionService.url: https://opa.example/')).decision).toEqual({
			...{ url: 'https://opa.example/', kind: 'pip', hasHeader: false },
		});
		expect(lockedHome(home, locks("decisionService.url: ''")).decision).toBeUndefined();
	});
});
