import { publishedPackage } from "@trading/tooling/tsup";

export default publishedPackage();
