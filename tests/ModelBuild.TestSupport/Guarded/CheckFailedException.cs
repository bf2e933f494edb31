namespace ModelBuild.TestSupport;

/// <summary>A kernel disagrees with the reference.</summary>
internal sealed class CheckFailedException(string message) : Exception(message);
