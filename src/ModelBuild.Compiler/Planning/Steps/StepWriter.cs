using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>
/// Appends the kernel calls of one node to the plan. The verifier has passed the node: a writer works out no attribute or input a second
/// time that inference has validated, but asks the operator's class for the result.
/// </summary>
internal delegate void StepWriter(Node node, PlanBuilder plan);
