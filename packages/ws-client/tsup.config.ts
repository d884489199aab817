import { packageWithProductionBuild } from "@trading/tooling/tsup";
import internalNames from "./internal-names.json" with { type: "json" };

export default packageWithProductionBuild(internalNames);
