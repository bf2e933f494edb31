namespace ModelBuild.Runtime.Kernels;

/// <summary>Registers of up to 256 bits, as a type: what is compiled with it asks for no more.</summary>
internal readonly struct UpTo256;
