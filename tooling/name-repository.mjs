// A part of `npm run release`: in a workflow of GitHub, writes the repository's address into the packages that will be published.
import { nameRepository } from "./src/release/packages.mjs";
import { root } from "./src/run.mjs";

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
if (GITHUB_REPOSITORY) nameRepository(root, `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`);
