namespace ModelBuild.Compiler.Execution;

/// <summary>
/// A kernel has met data that it cannot do anything with: an index outside the tensor that it points into. The plan may be right and the
/// data, which in a build is random, is not.
/// </summary>
internal sealed class UnsuitedDataException(string message, Exception? inner = null) : Exception(message, inner);
