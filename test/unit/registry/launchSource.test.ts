import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverIdOf, type StdioLaunch } from '../../../src/domain/registry/launch';
import { pinnedLaunch, readLaunchSource } from '../../../src/domain/registry/launchSource';

const stdio = (command: string, ...args: string[]): StdioLaunch => ({ kind: 'stdio', command, args, env: [] });
const words = (line: string) => {
	const [command = '', ...args] = line.split(' ');
	return stdio(command, ...args);
};
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('C2 the source of a launch', () => {
	it.each([
		['cmd /c npx -y some-server@1.2.3', 'npm', 'some-server', '1.2.3'],
		['C:\\Windows\\System32\\cmd.exe /d /s /c uvx y==1.0', 'pypi', 'y', '1.0'],
		['cmd /c npx -y some-server@1.2.3 C:\\docs --flag=(a)', 'npm', 'some-server', '1.2.3'],
		[
			'npx -y @modelcontextprotocol/server-memory@2026.8.31',
			'npm',
			'@modelcontextprotocol/server-memory',
			'2026.8.31',
		],
		['/usr/bin/npx some-server@1.2.3-beta.1 --flag', 'npm', 'some-server', '1.2.3-beta.1'],
		['npx -y --package=@x/y@1.0.0 y-cli', 'npm', '@x/y', '1.0.0'],
		['npm exec --yes -- @x/y@1.0.0 --flag', 'npm', '@x/y', '1.0.0'],
		['npm exec @x/y@1.0.0 -- --flag', 'npm', '@x/y', '1.0.0'],
		['pnpm dlx y@1.0.0', 'npm', 'y', '1.0.0'],
		['bunx y@1.0.0', 'npm', 'y', '1.0.0'],
		['deno run -A npm:y@1.0.0', 'npm', 'y', '1.0.0'],
		['uvx mcp-server-git==2026.1.2', 'pypi', 'mcp-server-git', '2026.1.2'],
		['uvx mcp-server-git@1.2', 'pypi', 'mcp-server-git', '1.2'],
		['uv tool run --from mcp-server-git[cli]==1.2.3 git-cli', 'pypi', 'mcp-server-git', '1.2.3'],
		['pipx run mcp-server-git==1.2.3rc1', 'pypi', 'mcp-server-git', '1.2.3rc1'],
		[`docker run -i --rm -e TOKEN -v /a:/b ghcr.io/x/y:v1@${DIGEST} --flag`, 'oci', 'ghcr.io/x/y', DIGEST],
		[`podman run --rm -it localhost:5000/y@${DIGEST}`, 'oci', 'localhost:5000/y', DIGEST],
	])('%s names one thing exactly', (line, kind, name, version) => {
		expect(readLaunchSource(words(line))).toMatchObject({ kind, name, version, exact: true });
	});

	it.each([
		...[
			'npx -y some-server',
			'npx some-server@latest',
			'npx some-server@^1.2.3',
			'npx some-server@1.2',
			'npx y@1.x',
		],
		...['npx y@v1.2.3', 'npx y@=1.2.3', 'npx y@*', 'npx y@npm:evil@1.0.0', 'npx github:x/y', 'npx ./folder', 'npx'],
		...['npx https://evil.example/x.tgz', 'npx file:../x', 'npx --registry=https://evil.example y@1.0.0'],
		...['npx -p y@1.0.0 -p evil y', 'npx -c evil y@1.0.0', 'npm exec y@1.0.0 --package=evil', 'npm exec y'],
		...['uvx mcp-server-git', 'uvx mcp-server-git@latest', 'uvx mcp-server-git>=1', 'uvx y==1.*'],
		...[
			'uvx --with evil y==1.0.0',
			'uvx --index https://evil.example y==1.0.0',
			'pipx run y',
			'bunx y',
			'pnpm dlx y@1',
		],
		...[
			'cmd /c npx y',
			'cmd /c npx y@1.0.0 & evil',
			'cmd /c npx y@1.0.0 %HOME%',
			'cmd /k npx y@1.0.0',
			'sh -c npx',
			'bash -lc npx',
			'env A=1 npx y',
			'timeout 9 npx y',
			'nice npx y@1.0.0',
			'npm run mcp',
			'NPM.CMD start',
			'yarn mcp',
			'make mcp',
			'go run .',
			'bun x y',
			'NPX -y y',
			'UVX y',
			'powershell -Command x',
		],
		...[
			'docker run -i --rm ghcr.io/x/y',
			'docker run ghcr.io/x/y:1.4.2',
			'docker run x@sha256:abc',
			'docker compose up',
		],
		...[
			`docker run --unknown x y@${DIGEST}`,
			'deno run https://evil.example/x.ts',
			'deno run jsr:@x/y',
			'deno run npm:y',
		],
	])('%s can be another thing tomorrow', line => {
		const source = readLaunchSource(words(line));
		expect(source.exact).toBe(false);
		expect(source.version).toBeUndefined();
	});

	it('what a runner is told that is no plain package is still to be pinned, and no mere command', () => {
		for (const line of ['npx github:x/y', 'npx --unknown y@1.0.0', 'bunx y@npm:z']) {
			expect(readLaunchSource(words(line))).toMatchObject({ kind: 'npm', exact: false });
		}
		expect(readLaunchSource(words('uvx git+https://x/y'))).toMatchObject({ kind: 'pypi', exact: false });
		expect(readLaunchSource(words('docker --context x run y'))).toMatchObject({ kind: 'oci', exact: false });
		expect(readLaunchSource(words('dotnet server.dll'))).toMatchObject({ kind: 'path', exact: true });
	});

	it('of a URL is its origin; of a program, the program', () => {
		const http = (url: string) => readLaunchSource({ kind: 'http', url, headers: [] });
		expect(http('https://User@MCP.example.com:8443/mcp?x=1')).toEqual({
			...{ kind: 'url', name: 'https://mcp.example.com:8443', exact: true },
		});
		expect(readLaunchSource(words('node server.js'))).toEqual({ kind: 'path', name: 'node', exact: true });
	});

	it('keeps what the server itself gets', () => {
		expect(readLaunchSource(words('npx -y y@1.0.0 -- --flag /x'))).toMatchObject({ rest: ['--', '--flag', '/x'] });
		expect(readLaunchSource(words('npm exec y@1.0.0 a -- --flag'))).toMatchObject({ rest: ['a', '--flag'] });
	});
});

describe('C2 "Pin to VERSION"', () => {
	it.each([
		['npx -y some-server', '1.4.2', 'npx -y some-server@1.4.2'],
		['cmd /c npx -y some-server', '1.4.2', 'cmd /c npx -y some-server@1.4.2'],
		['npx -y @x/y@latest /data', '1.4.2', 'npx -y @x/y@1.4.2 /data'],
		['npx --package=@x/y@^1 cli', '1.4.2', 'npx --package=@x/y@1.4.2 cli'],
		['uvx --from mcp-server-git[cli] git-cli', '1.2', 'uvx --from mcp-server-git[cli]==1.2 git-cli'],
		['uvx mcp-server-git@latest', '1.2', 'uvx mcp-server-git==1.2'],
		['docker run -i ghcr.io/x/y:1.4', DIGEST, `docker run -i ghcr.io/x/y:1.4@${DIGEST}`],
	])('%s at %s', (line, version, pinned) => {
		expect(pinnedLaunch(words(line), version)).toEqual(words(pinned));
	});

	it('refuses what is no exact version, and launches that name no package', () => {
		expect(pinnedLaunch(words('npx y'), 'latest')).toBeUndefined();
		expect(pinnedLaunch(words('npx y'), '1.0.0 evil')).toBeUndefined();
		expect(pinnedLaunch(words('docker run y'), '1.4')).toBeUndefined();
		expect(pinnedLaunch(words('node x.js'), '1.0.0')).toBeUndefined();
		expect(pinnedLaunch({ kind: 'http', url: 'https://x', headers: [] }, '1.0.0')).toBeUndefined();
	});

	it('property: what was pinned is exact, names the same, passes the same arguments, and is another server', () => {
		const name = fc.stringMatching(/^(@[a-z]{1,5}\/)?[a-z][a-z0-9-]{0,8}$/);
		const range = fc.constantFrom('', '@latest', '@^1.2.3', '@1.x', '@next');
		const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map(parts => parts.join('.'));
		const line = fc.array(fc.stringMatching(/^[a-z/=-]{0,8}$/), { maxLength: 4 });
		fc.assert(
			fc.property(name, range, version, line, (named, spec, exact, rest) => {
				const launch = stdio('npx', '-y', `${named}${spec}`, ...rest);
				const pinned = pinnedLaunch(launch, exact);
				expect(pinned).toBeDefined();
				const [before, after] = [readLaunchSource(launch), readLaunchSource(pinned ?? launch)];
				expect(after).toMatchObject({ name: before.name, version: exact, exact: true, rest: before.rest });
				expect(serverIdOf(pinned ?? launch)).not.toBe(serverIdOf(launch));
			}),
		);
	});

	it('property: no words of a runner that are not understood are taken for exact', () => {
		const option = fc
			.stringMatching(/^--?[a-z][a-z-]{0,10}$/)
			.filter(
				each =>
					!/^--?(?:y|yes|q|quiet|s|silent|no-audit|no-fund|prefer-offline|p|package|from|spec)$/.test(each),
			);
		fc.assert(
			fc.property(fc.constantFrom('npx', 'bunx', 'uvx'), option, (runner, unknown) => {
				expect(readLaunchSource(stdio(runner, unknown, 'y@1.0.0')).exact).toBe(false);
			}),
		);
	});
});
