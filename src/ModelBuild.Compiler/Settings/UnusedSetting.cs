namespace ModelBuild.Compiler.Settings;

/// <summary>What was said and does nothing in a mode.</summary>
/// <param name="Setting">Where it was said.</param>
/// <param name="Word">The part of it; null for the whole.</param>
/// <param name="Purpose">What it is for.</param>
internal sealed record UnusedSetting(ModelSetting Setting, string? Word, string Purpose)
{
    /// <summary>What to do; null where another mode would use it.</summary>
    public string? WayOut { get; init; } = Setting.WayOut;

    /// <summary>The beginning of a sentence for people.</summary>
    /// <param name="owner">What the setting is called where it was said: <c>Recover of 'lenet.onnx'</c>, <c>--recover</c>.</param>
    public string Message(string owner) => $"{(Word is null ? owner : $"'{Word}' in {owner}")} is ignored: {Purpose}";
}
