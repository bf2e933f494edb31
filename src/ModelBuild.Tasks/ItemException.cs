namespace ModelBuild.Tasks;

/// <summary>Something is wrong with an item itself.</summary>
/// <param name="code">The diagnostic's code.</param>
/// <param name="metadata">The item's attribute to point at: <c>Include</c> or the name of a metadata.</param>
/// <param name="message">What, why, and what to do.</param>
internal sealed class ItemException(string code, string metadata, string message) : Exception(message)
{
    public string Code => code;

    public string Metadata => metadata;
}
