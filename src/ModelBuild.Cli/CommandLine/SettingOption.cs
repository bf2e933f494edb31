using System.CommandLine;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.CommandLine;

/// <inheritdoc cref="ISettingOption"/>
/// <typeparam name="T">What the parser makes of its words.</typeparam>
/// <param name="setting">What it says.</param>
/// <param name="name">As users write it.</param>
/// <param name="aliases">What else they may write.</param>
internal sealed class SettingOption<T>(ModelSetting setting, string name, string[] aliases) : Option<T>(name, aliases), ISettingOption
{
    /// <inheritdoc/>
    public ModelSetting Setting => setting;
}
