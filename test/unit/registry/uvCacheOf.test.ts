import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uvCacheOf } from '../../../src/domain/registry/uvCacheOf';
import { archivesOfUv } from '../../../src/storage/uvCache';
import { folderForTest } from '../supply/look';

describe('the cache of uv', () => {
	it.each([
		['linux', {}, '/h/.cache/uv'],
		['darwin', { LOCALAPPDATA: '/l' }, '/h/.cache/uv'],
		['linux', { HOME: '/theirs' }, '/theirs/.cache/uv'],
		['linux', { HOME: '/theirs', XDG_CACHE_HOME: '/c' }, '/c/uv'],
		['linux', { XDG_CACHE_HOME: '/c', UV_CACHE_DIR: '/u' }, '/u'],
		['win32', { HOME: '/theirs', XDG_CACHE_HOME: '/c' }, '/h\\AppData\\Local\\uv\\cache'],
		['win32', { LOCALAPPDATA: 'C:\\l' }, 'C:\\l\\uv\\cache'],
		['win32', { LOCALAPPDATA: 'C:\\l', UV_CACHE_DIR: 'D:\\u' }, 'D:\\u'],
	])('%s, %j: %s', (platform, env, folder) => {
		expect(uvCacheOf(env, platform, '/h')).toBe(folder);
	});

	it('is where a review looks for an unpacked package', async () => {
		const home = await folderForTest();
		const archive = join(home, '.cache', 'uv', 'archive-v0', 'abc');
		await mkdir(join(archive, 'mcp_server_git-1.2.3.dist-info'), { recursive: true });
		const found = (env: Readonly<Record<string, string>>) =>
			archivesOfUv({ env, platform: 'linux' }, '/nowhere', 'mcp-server-git', '1.2.3');
		expect(await found({ HOME: home })).toEqual([archive]);
		expect(await found({})).toEqual([]);
	});
});
