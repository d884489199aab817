import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const require = createRequire(import.meta.url);

/** A Kubernetes manifest. Only the fields that the tests read have types. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
  readonly [field: string]: unknown;
}

/** @throws if a file is not YAML */
export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS();
  });
}

/**
 * Returns the problems of manifests according to the OpenAPI document of Kubernetes. Its schemas find missing fields and
 * wrong types, the TypeScript types generated from it find unknown fields.
 */
export function lintManifests(manifests: readonly Manifest[]): string[] {
  const problems: string[] = [];
  for (const manifest of manifests) {
    const Model = modelOf(manifest);
    if (Model === undefined) {
      problems.push(`there is no ${manifest.kind} in ${manifest.apiVersion}`);
      continue;
    }
    try {
      new Model(manifest).validate();
    } catch (error) {
      problems.push(`${nameOf(manifest)}: ${(error as Error).message}`);
    }
  }
  return [...problems, ...unknownFields(manifests)];
}

type Model = new (manifest: Manifest) => { validate(): void };

function modelOf({ apiVersion, kind }: Manifest): Model | undefined {
  try {
    return require(`kubernetes-models/${apiVersion}`)[kind];
  } catch {
    return undefined;
  }
}

/** The parsed files of the types, which are the same in each check. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Type-checks each manifest as an object of its type. */
function unknownFields(manifests: readonly Manifest[]): string[] {
  const file = join(import.meta.dirname, "manifests.generated.ts");
  const lines = manifests.map(({ apiVersion, kind, ...rest }, index) => {
    const type = `import("kubernetes-models/${apiVersion}").I${kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify({ apiVersion, kind, ...rest })};`;
  });
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    if (name === file) return ts.createSourceFile(name, lines.join("\n"), ts.ScriptTarget.ES2022);
    if (!parsed.has(name)) parsed.set(name, getSourceFile.call(host, name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { line = 0 } = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? {};
    return `${nameOf(manifests[line] as Manifest)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
  });
}

const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata?.name ?? ""}`.trim();
