import { type Effect } from './policy';

/** What a built-in protection does; there is none that allows. */
export type ProtectionEffect = Exclude<Effect, 'allow'>;

/**
 * Places that no policy opens. A place is a run of path segments found anywhere in a canonical path, or from the top when
 * it starts with `/`; `*` stands for any text within a segment, `**` for any number of segments; one that ends in `/` is a
 * folder with everything below it, any other is the path's last segment.
 */
export interface ProtectedPlaces {
	readonly id: string;
	/** One sentence for the refusal and the approval. */
	readonly reason: string;
	/** For capabilities that only read; nothing when absent. */
	readonly read?: ProtectionEffect;
	readonly write: ProtectionEffect;
	/** What a deny becomes inside a workspace folder, where such files are part of honest projects. */
	readonly inWorkspace?: 'require_approval';
	/** For `shell.*` instead of `write`, where a command line that names such a file is mostly no change to it. */
	readonly program?: 'require_approval' | 'nothing';
	readonly places: readonly string[];
	/** Exact last segments that are no secret although a place fits: templates meant to be committed. */
	readonly except?: readonly string[];
}

/** One place on a line, or several with `|` between them. */
const list = (text: string): readonly string[] => text.trim().split(/\s*[\n|]\s*/);

/**
 * The built-in list (gateway.md PATH-18, NOTES §5.7 X3). How effects are chosen: `deny` where no honest task of an agent
 * needs the file by path (key stores; files that run code at the next login, boot or commit without showing in a diff; the
 * list of MCP servers, by which an agent would get round this firewall). `require_approval` where developers do let agents
 * work, but a person has to see it: project files that run code or steer agents and do show in a diff, `.env` files, and
 * names that are a secret in one project and a test certificate in the next.
 */
export const PROTECTED_PLACES: readonly ProtectedPlaces[] = [
	{
		id: 'credentials',
		reason: 'Private keys and stored credentials are neither read nor written by tools.',
		read: 'deny',
		write: 'deny',
		places: list(`
			.ssh/ | .gnupg/ | .aws/ | .azure/ | .kube/ | .docker/config.json | .netrc | _netrc
			.git-credentials | .config/git/credentials | .pypirc | .pgpass | .my.cnf | .vault-token
			.password-store/ | .cargo/credentials | .cargo/credentials.toml | .gem/credentials
			.terraform.d/credentials.tfrc.json | .config/gcloud/ | .config/gh/ | .config/op/
			.config/github-copilot/ | .config/rclone/ | .config/sops/ | .claude/.credentials.json
			.codex/auth.json | .s3cfg | .boto | .databrickscfg | .terraformrc | .authinfo | .authinfo.gpg
			Library/Application Support/Google/Chrome/ | Library/Application Support/Firefox/
			.config/google-chrome/ | .config/chromium/ | .config/BraveSoftware/ | .mozilla/firefox/
			AppData/Local/Google/Chrome/User Data/ | AppData/Local/Microsoft/Edge/User Data/
			AppData/Roaming/Mozilla/Firefox/ | .config/configstore/ | .local/share/keyrings/
			Library/Keychains/ | Library/Application Support/gcloud/ | AppData/Roaming/gcloud/
			AppData/Roaming/GitHub CLI/ | AppData/Roaming/Microsoft/Credentials/
			AppData/Local/Microsoft/Credentials/ | AppData/Roaming/Microsoft/Protect/ | id_rsa | id_dsa
			id_ecdsa | id_ecdsa_sk | id_ed25519 | id_ed25519_sk | /etc/shadow | /etc/gshadow | /etc/sudoers
			/etc/sudoers.d/ | /proc/*/environ | /proc/*/task/*/environ`),
	},
	{
		id: 'package-credentials',
		reason: 'Package manager settings hold registry tokens.',
		read: 'deny',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: list(`
			.npmrc | .yarnrc.yml | .config/pip/pip.conf | .m2/settings.xml | .gradle/gradle.properties
			.nuget/NuGet/NuGet.Config`),
	},
	{
		id: 'environment-file',
		reason: 'Environment files hold secrets.',
		read: 'require_approval',
		write: 'require_approval',
		places: ['.env', '.env.*', '.env-*', '.env_*', '.envrc'],
		except: ['.env.example', '.env.sample', '.env.template', '.env.dist', '.env.defaults', '.env.schema'],
	},
	{
		id: 'key-file',
		reason: 'A file of this kind usually holds a private key.',
		read: 'require_approval',
		write: 'require_approval',
		places: ['*.pem', '*.key', '*.p12', '*.pfx', '*.ppk', '*.jks', '*.keystore', '*.kdbx'],
	},
	{
		id: 'shell-history',
		reason: 'What was typed into a shell or a client holds passwords and tokens.',
		read: 'require_approval',
		write: 'require_approval',
		places: list(`
			.bash_history | .zsh_history | .local/share/fish/fish_history | .python_history | .node_repl_history
			.psql_history | .mysql_history | ConsoleHost_history.txt`),
	},
	{
		id: 'git-internals',
		reason: 'Hooks and settings of git run programs at the next commit, and no diff shows them.',
		write: 'deny',
		// `commondir` leads to settings elsewhere; `x.git` is a bare repository.
		places: list(`
			*.git/hooks/ | *.git/config | *.git/config.worktree | *.git/commondir | .git/info/attributes
			.git/modules/**/hooks/ | .git/modules/**/config | .git/worktrees/*/config.worktree`),
	},
	{
		id: 'git-folder',
		reason: 'What stands in .git is written by git alone; a file of this name leads it to settings elsewhere.',
		write: 'deny',
		program: 'require_approval',
		places: ['.git', '.git/'],
	},
	{
		id: 'git-settings',
		reason: 'Settings of git run programs in every repository.',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: ['.gitconfig', '.config/git/config', '.config/git/attributes', '.config/git/hooks/', '/etc/gitconfig'],
	},
	{
		id: 'mcp-servers',
		reason: 'The list of MCP servers decides what runs beside this firewall; only a person edits it.',
		write: 'deny',
		places: list(`
			.mcp.json | .vscode/mcp.json | .cursor/mcp.json | .copilot/mcp-config.json
			.windsurf/mcp_config.json | .codeium/windsurf/mcp_config.json | claude_desktop_config.json
			.claude.json`),
	},
	{
		id: 'mcp-servers-file',
		reason: 'A file of this name may be a list of MCP servers to start.',
		write: 'require_approval',
		places: ['mcp.json'],
	},
	{
		id: 'editor-code',
		reason: 'Extensions and user settings of the editor run code outside of any workspace.',
		write: 'deny',
		places: list(`
			.vscode/extensions/ | .vscode-insiders/extensions/ | .vscode-oss/extensions/ | .vscode-server/
			.cursor-server/ | .cursor/extensions/ | .config/zed/ | .config/opencode/ | .docker/cli-plugins/
			site-packages/*.pth | site-packages/sitecustomize.py | site-packages/usercustomize.py
			.config/Code/User/ | .config/Code - Insiders/User/ | .config/VSCodium/User/ | .config/Cursor/User/
			Library/Application Support/Code/User/ | Library/Application Support/Cursor/User/
			AppData/Roaming/Code/User/ | AppData/Roaming/Cursor/User/`),
	},
	{
		id: 'editor-settings',
		reason: 'Workspace settings, tasks and launch files start programs.',
		write: 'require_approval',
		places: list(`
			.vscode/*.json | .vscode/*.jsonc | *.code-workspace | .devcontainer/ | .devcontainer.json | .idea/
			.zed/ | .exrc | .nvimrc | .nvim.lua | .dir-locals.el`),
	},
	{
		id: 'editor-startup',
		reason: 'Editors and terminals run this file at every start.',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: list(`
			.vimrc | .vim/ | .gvimrc | .config/nvim/ | .emacs | .emacs.d/ | .config/emacs/ | .tmux.conf
			.config/tmux/`),
	},
	{
		id: 'command-folders',
		reason: 'Programs placed here run under names that are typed every day.',
		write: 'deny',
		program: 'nothing',
		inWorkspace: 'require_approval',
		places: list(`
			.local/bin/ | .cargo/bin/ | go/bin/ | /home/*/bin/ | /Users/*/bin/ | /root/bin/ | /usr/local/bin/
			/usr/local/sbin/ | /usr/bin/ | /usr/sbin/ | /bin/ | /sbin/ | /opt/homebrew/bin/`),
	},
	{
		id: 'build-code',
		reason: 'This file runs code at the next build, test, install or start.',
		write: 'require_approval',
		program: 'nothing',
		places: list(`
			Makefile | GNUmakefile | makefile | justfile | Justfile | Rakefile | pyproject.toml | setup.py
			setup.cfg | conftest.py | noxfile.py | tox.ini | sitecustomize.py | usercustomize.py | *.pth
			build.rs | build.gradle | build.gradle.kts | settings.gradle | settings.gradle.kts
			gradle-wrapper.properties | .mvn/ | .cargo/config | .cargo/config.toml | .yarnrc | .pnpmfile.cjs
			.mise.toml | mise.toml | .tool-versions | Dockerfile | docker-compose.yml | docker-compose.yaml
			compose.yml | compose.yaml`),
	},
	{
		id: 'build-code-of-all',
		reason: 'Settings in the home folder run code in every build of this person.',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: ['.gradle/init.gradle', '.gradle/init.d/'],
	},
	{
		id: 'repository-settings',
		reason: 'Attributes and submodules make git run filters and fetch other repositories.',
		write: 'require_approval',
		places: ['.gitattributes', '.gitmodules'],
	},
	{
		id: 'commit-hooks',
		reason: 'Commit hooks run at the next commit.',
		write: 'require_approval',
		places: list(`
			.husky/ | .pre-commit-config.yaml | lefthook.yml | lefthook.yaml | .lefthook.yml | .lefthook.yaml
			.lefthook/ | .githooks/ | .lintstagedrc | .lintstagedrc.* | lint-staged.config.*`),
	},
	{
		id: 'package-scripts',
		reason: 'The scripts of package.json run at install and in every task.',
		write: 'require_approval',
		places: ['package.json'],
	},
	{
		id: 'ci-workflow',
		reason: 'CI workflows run with the secrets of the repository.',
		write: 'require_approval',
		places: list(`
			.github/workflows/ | .github/actions/ | .github/hooks/ | .forgejo/ | .gitea/ | .gitlab-ci.yml
			.circleci/ | .buildkite/ | .woodpecker/ | .woodpecker.yml | .drone.yml | .travis.yml
			azure-pipelines.yml | bitbucket-pipelines.yml | Jenkinsfile`),
	},
	{
		id: 'agent-instructions',
		reason: 'Agents take instructions from this file; what is written here steers them.',
		write: 'require_approval',
		places: list(`
			AGENTS.md | AGENT.md | CLAUDE.md | CLAUDE.local.md | GEMINI.md | .cursorrules | .windsurfrules
			.clinerules | .clinerules/ | .cursor/rules/ | .windsurf/rules/ | .github/copilot-instructions.md
			.github/instructions/ | .github/prompts/ | .github/chatmodes/ | .github/agents/ | .claude/
			.gemini/ | .codex/ | .cursor/hooks.json | .continue/ | .junie/ | opencode.json | opencode.jsonc
			.aider.conf.yml`),
	},
	{
		id: 'shell-startup',
		reason: 'Shells run this file at every start.',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: list(`
			.bashrc | .bash_profile | .bash_login | .bash_logout | .bash_aliases | .profile | .zshrc | .zshenv
			.zprofile | .zlogin | .zlogout | .kshrc | .cshrc | .tcshrc | .login | .inputrc | .pam_environment
			.xprofile | .xinitrc | .xsessionrc | .config/fish/ | .config/powershell/ | .config/environment.d/
			.config/nushell/ | *_profile.ps1 | PowerShell/profile.ps1 | WindowsPowerShell/profile.ps1`),
	},
	{
		id: 'autostart',
		reason: 'What is placed here starts by itself at login, at boot or by the clock.',
		write: 'deny',
		inWorkspace: 'require_approval',
		places: list(`
			.config/autostart/ | .config/systemd/user/ | .local/share/systemd/user/
			.config/containers/systemd/ | .local/share/applications/ | Library/LaunchAgents/
			Library/LaunchDaemons/ | Start Menu/Programs/Startup/ | Start Menu/Programs/StartUp/ | /etc/cron*/
			/etc/cron* | /etc/anacrontab | /var/spool/cron/ | /etc/systemd/ | /usr/lib/systemd/ | /lib/systemd/
			/etc/init.d/ | /etc/rc.local | /etc/profile | /etc/profile.d/ | /etc/bash.bashrc | /etc/zsh/
			/etc/environment | /etc/ld.so.preload | /etc/ld.so.conf | /etc/ld.so.conf.d/ | /etc/xdg/autostart/
			/var/at/tabs/ | /etc/pam.d/`),
	},
];
