namespace ModelBuild.Compiler.Settings;

/// <summary>Reads words into options.</summary>
/// <param name="words">Never nothing but blanks.</param>
/// <param name="options">With what the words say; as it was where they say nothing that could be.</param>
/// <returns>What is wrong; null where all is well.</returns>
internal delegate SettingFault? SettingReader(string words, ref CompileOptions options);

/// <summary>What users say of a model in words, wherever they say it: as metadata of an item, or as an option of a command.</summary>
/// <param name="Name">Of the metadata.</param>
/// <param name="Code">Of the error where the words cannot be understood.</param>
/// <param name="Read">What the words mean.</param>
internal sealed record ModelSetting(string Name, string Code, SettingReader Read)
{
    /// <summary>Whether the mode that is asked for has a use for it.</summary>
    public Func<CompileOptions, bool> IsUsed { get; init; } = _ => true;

    /// <summary>What it is for, to say where it is not used.</summary>
    public string Purpose { get; init; } = string.Empty;

    /// <summary>What to do where it is not used; null where another mode would use it.</summary>
    public string? WayOut { get; init; }

    /// <summary>What of it the mode has no use for, where it has a use for the rest; null where it has a use for all.</summary>
    public Func<CompileOptions, UnusedSetting?> FindUnusedPart { get; init; } = _ => null;

    /// <summary>What of it the mode has no use for; null where it has a use for all.</summary>
    public UnusedSetting? FindUnused(CompileOptions options) =>
        IsUsed(options) ? FindUnusedPart(options) : new UnusedSetting(this, null, Purpose);

    /// <summary>Whether it is true or false, and true where only its name is said.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether it is about the class that a model becomes, not about what is computed.</summary>
    public bool IsOfClass { get; init; }
}
