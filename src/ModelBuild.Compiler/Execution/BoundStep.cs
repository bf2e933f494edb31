namespace ModelBuild.Compiler.Execution;

/// <summary>A step that can run.</summary>
/// <param name="Run">Calls the kernel.</param>
/// <param name="Written">Ids of the tensors it writes.</param>
internal sealed record BoundStep(Action<Frame> Run, IReadOnlyList<int> Written);
