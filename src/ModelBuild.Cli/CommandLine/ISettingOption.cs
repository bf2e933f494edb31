using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.CommandLine;

/// <summary>An option that says what an item says by its metadata.</summary>
internal interface ISettingOption
{
    /// <summary>What it says.</summary>
    ModelSetting Setting { get; }

    /// <summary>As users write it, <c>--mode</c>.</summary>
    string Name { get; }
}
