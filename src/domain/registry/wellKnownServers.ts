/** Tools by capability; the lists come from the servers' own `tools/list` and sources. */
type ToolsByCapability = Readonly<Record<string, readonly string[]>>;

interface WellKnownServer {
	/** Exact npm or PyPI package names and the plain name that people register the server under. */
	readonly names: readonly string[];
	readonly tools: ToolsByCapability;
}

const SERVERS: readonly WellKnownServer[] = [
	{
		// @modelcontextprotocol/server-filesystem 2026.8.31
		names: ['@modelcontextprotocol/server-filesystem', 'filesystem'],
		tools: {
			'filesystem.read': [
				'read_file',
				'read_text_file',
				'read_media_file',
				'read_multiple_files',
				'list_directory',
				'list_directory_with_sizes',
				'directory_tree',
				'search_files',
				'get_file_info',
			],
			'filesystem.write': ['write_file', 'edit_file', 'create_directory', 'move_file'],
			'filesystem.roots': ['list_allowed_directories'],
		},
	},
	{
		// @modelcontextprotocol/server-everything 2026.8.31; what touches nothing but its own answer is compute.run.
		names: ['@modelcontextprotocol/server-everything', 'everything'],
		tools: {
			'compute.run': [
				'echo',
				'add',
				'get-annotated-message',
				'get-resource-links',
				'get-resource-reference',
				'get-structured-content',
				'get-sum',
				'get-tiny-image',
				'simulate-research-query',
				'toggle-simulated-logging',
				'toggle-subscriber-updates',
				'trigger-long-running-operation',
			],
			'secrets.read': ['get-env', 'printEnv'],
			'network.request': ['gzip-file-as-resource'],
			'client.ask': [
				'trigger-elicitation-request',
				'trigger-elicitation-request-async',
				'trigger-sampling-request',
				'trigger-sampling-request-async',
				'trigger-url-elicitation',
			],
			'filesystem.roots': ['get-roots-list'],
		},
	},
	{
		names: ['@modelcontextprotocol/server-sequential-thinking', 'sequential-thinking', 'sequentialthinking'],
		tools: { 'compute.run': ['sequentialthinking'] },
	},
	{
		names: ['@modelcontextprotocol/server-memory', 'memory'],
		tools: {
			'memory.read': ['read_graph', 'search_nodes', 'open_nodes'],
			'memory.write': ['create_entities', 'create_relations', 'add_observations'],
			'memory.delete': ['delete_entities', 'delete_observations', 'delete_relations'],
		},
	},
	{
		names: ['mcp-server-fetch', 'fetch'],
		tools: { 'network.request': ['fetch'] },
	},
	{
		names: ['mcp-server-time', 'time'],
		tools: { 'compute.run': ['get_current_time', 'convert_time'] },
	},
	{
		names: ['mcp-server-git', 'git'],
		tools: {
			'git.read': [
				'git_status',
				'git_diff_unstaged',
				'git_diff_staged',
				'git_diff',
				'git_log',
				'git_show',
				'git_branch',
			],
			'git.write': ['git_add', 'git_commit', 'git_create_branch', 'git_checkout', 'git_init'],
			'git.delete': ['git_reset'],
		},
	},
	{
		// @cyanheads/git-mcp-server 2.15.3; what goes to other machines (clone, fetch, pull, push, remote) is left to its words.
		names: ['@cyanheads/git-mcp-server'],
		tools: {
			'git.read': [
				'git_blame',
				'git_changelog_analyze',
				'git_diff',
				'git_log',
				'git_reflog',
				'git_show',
				'git_status',
			],
			'git.write': [
				'git_add',
				'git_branch',
				'git_checkout',
				'git_cherry_pick',
				'git_commit',
				'git_init',
				'git_merge',
				'git_tag',
			],
			'git.delete': ['git_clean', 'git_rebase', 'git_reset', 'git_stash', 'git_worktree'],
		},
	},
	{
		names: ['@modelcontextprotocol/server-github', 'github-mcp-server', 'github'],
		tools: {
			'github.read': [
				'get_file_contents',
				'get_issue',
				'get_me',
				'get_pull_request',
				'get_pull_request_comments',
				'get_pull_request_files',
				'get_pull_request_reviews',
				'get_pull_request_status',
				'list_branches',
				'list_commits',
				'list_issues',
				'list_pull_requests',
				'search_code',
				'search_issues',
				'search_repositories',
				'search_users',
			],
			'github.write': [
				'add_issue_comment',
				'create_branch',
				'create_issue',
				'create_or_update_file',
				'create_pull_request',
				'create_pull_request_review',
				'create_repository',
				'fork_repository',
				'merge_pull_request',
				'push_files',
				'update_issue',
				'update_pull_request_branch',
			],
			'github.delete': ['delete_file'],
		},
	},
];

const BY_NAME: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
	SERVERS.flatMap(server => server.names.map(name => [name, byTool(server.tools)] as const)),
);

/** The shipped capability of a well-known server's tool, by package name or plain server name; exact, case and all. */
export function wellKnownCapability(serverName: string, tool: string): string | undefined {
	return BY_NAME.get(serverName)?.get(tool);
}

function byTool(tools: ToolsByCapability): ReadonlyMap<string, string> {
	return new Map(
		Object.entries(tools).flatMap(([capability, names]) => names.map(name => [name, capability] as const)),
	);
}
