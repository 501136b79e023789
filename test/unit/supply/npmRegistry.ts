import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { folderForTest, lay } from './look';

/** A registry of npm on loopback, as far as npm asks it, with packages that `npm pack` made. */
export interface NpmRegistry {
	readonly url: string;
	/** The paths that were asked for. */
	readonly asked: string[];
	close(): Promise<void>;
}

interface Published {
	readonly name: string;
	readonly version: string;
	readonly files: Readonly<Record<string, string>>;
	readonly manifest?: object;
}

/** Publishes packages, the last version of each as `latest`. */
export async function npmRegistry(packages: readonly Published[]): Promise<NpmRegistry> {
	const folder = await folderForTest();
	const tarballs = new Map<string, Buffer>();
	const documents = new Map<string, Record<string, object>>();
	const asked: string[] = [];
	const server = createServer((request, response) => {
		const path = decodeURIComponent(request.url ?? '/').slice(1);
		asked.push(path);
		const tarball = tarballs.get(path);
		const versions = documents.get(path);
		if (tarball !== undefined) {
			response.end(tarball);
		} else if (versions !== undefined) {
			const latest = Object.keys(versions).at(-1);
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ name: path, versions, 'dist-tags': { latest } }));
		} else {
			response.statusCode = 404;
			response.end('{}');
		}
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
	for (const { name, version, files, manifest } of packages) {
		const source = join(folder, `${name}-${version}`);
		const whole = { name, version, ...manifest };
		await lay(source, { 'package.json': JSON.stringify(whole), ...files });
		const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
			...{ cwd: source, encoding: 'utf8' },
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const told: unknown = JSON.parse(packed);
		const [{ filename, integrity }] = Object.values(told as object) as [{ filename: string; integrity: string }];
		tarballs.set(filename, readFileSync(join(folder, filename)));
		const dist = { tarball: `${url}${filename}`, integrity };
		documents.set(name, { ...documents.get(name), [version]: { ...whole, dist } });
	}
	const close = async () => {
		server.closeAllConnections();
		await new Promise(resolve => server.close(resolve));
	};
	onTestFinished(() => close());
	return { url, asked, close };
}
