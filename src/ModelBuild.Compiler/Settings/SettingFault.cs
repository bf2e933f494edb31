namespace ModelBuild.Compiler.Settings;

/// <summary>Why words say nothing that a setting could be.</summary>
/// <param name="Word">The part that is wrong; null where <paramref name="Use"/> is a whole sentence.</param>
/// <param name="Use">What is wrong with it, and what to write instead.</param>
internal sealed record SettingFault(string? Word, string Use)
{
    /// <summary>A sentence for people.</summary>
    /// <param name="owner">What the setting is called where it was said: <c>Mode of 'lenet.onnx'</c>, <c>--mode</c>.</param>
    public string Message(string owner) => Word is null ? $"{owner}: {Use}" : $"'{Word}' in {owner} {Use}";
}
