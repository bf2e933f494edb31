namespace ModelBuild.Tasks;

/// <summary>Something about an item itself that its author should know.</summary>
/// <param name="Code">The diagnostic's code.</param>
/// <param name="Metadata">The item's attribute to point at.</param>
/// <param name="Message">What, why, and what to do.</param>
internal sealed record ItemWarning(string Code, string Metadata, string Message);
