"""The commands that people name without saying that they are commands."""

from __future__ import annotations

from aegis.core.services.phrases import words

COMMANDS: dict[str, tuple[str, ...]] = {
    **{
        name: (name,)
        for name in words(
            "adb fastboot xcrun locust vegeta iperf3",
            "gh ffmpeg ffprobe terraform tofu terragrunt kubectl kubectx kubens helm helmfile kustomize minikube k3d",
            "k9s skaffold argocd istioctl eksctl ansible ansible-playbook gcloud gsutil doctl flyctl wrangler glab jq",
            "yq wget rsync gpg pandoc pdflatex xelatex lualatex latexmk exiftool sox yt-dlp wkhtmltopdf wkhtmltoimage",
            "pdftotext pdftoppm chromedriver geckodriver npm npx yarn pnpm bun deno cargo rustc rustup javac mvn",
            "gradle sbt cmake gcc clang clang-format protoc protoc-gen-go buf grpcurl xcodebuild flutter dotnet pipx",
            "poetry conda psql pg_dump pg_restore pg_ctl pgbench mysqldump redis-cli redis-server mongosh mongodump",
            "mongorestore sqlite3 duckdb pre-commit shellcheck shfmt hadolint trivy grype syft gitleaks semgrep tmux",
            "nmap tcpdump ngrok cloudflared mkcert podman buildah skopeo dbt spark-submit sops direnv asdf git-lfs",
            "golangci-lint goreleaser hugo mkdocs plantuml qemu-img vagrant packer nix k6 ollama tesseract openssl",
            "kafka-topics kafka-configs kafka-acls kafka-consumer-groups kafka-console-consumer kafka-console-producer",
            "kafka-producer-perf-test kcat kafkacat rabbitmqctl rabbitmqadmin mysqladmin perf strace valgrind",
            "signtool codesign notarytool",
            "magick inkscape optipng pngquant cwebp mjml msgfmt xgettext",
        )
    },
    "imagemagick": ("magick", "convert"),
    "graphviz": ("dot",),
    "ghostscript": ("gs",),
    "ripgrep": ("rg",),
    "opentofu": ("tofu",),
    "maven": ("mvn",),
    "aws cli": ("aws",),
    "awscli": ("aws",),
    "github cli": ("gh",),
    "gh cli": ("gh",),
    "azure cli": ("az",),
    "heroku cli": ("heroku",),
    "stripe cli": ("stripe",),
    "gcloud cli": ("gcloud",),
    "fly cli": ("flyctl",),
}
"""Commands that people name without saying that they are commands -> the programs of which one must be on PATH.

Any other command is told by its form: in backticks, or "X installed", "X on PATH", "the X command".
"""
